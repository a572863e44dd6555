import assert from 'node:assert/strict';
import type { Filter, Order } from '../../../functions/src/contract/types.ts';
import { StorageError } from '../../../functions/src/errors.ts';
import type { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const ann = () => callBy('ann');

/** Reads all pages and returns the ids in their order. */
async function allPages(
  manager: FirestoreMemoryManager,
  request: { filter?: Filter; order?: Order; limit?: number },
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await manager.list('space', { ...request, ...(cursor !== null && { cursor }) }, ann());
    ids.push(...page.memories.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

const isInvalidCursor = (error: unknown) =>
  error instanceof StorageError &&
  error.code === 'invalid-argument' &&
  error.details.reason === 'invalid-cursor';

describe('pages of memories', () => {
  let manager: FirestoreMemoryManager;
  let tenantId: string;

  before(async () => {
    ({ manager, tenantId } = openManager());
    const memories = Array.from({ length: 23 }, (_, n) => ({
      id: `m${String(n).padStart(2, '0')}`,
      text: `Memory number ${n}`,
      kind: n % 2 === 0 ? 'fact' : 'note',
      tags: n % 3 === 0 ? ['third'] : [],
      importance: (n % 5) / 4,
      metadata: { n, place: { city: n < 10 ? 'Oslo' : 'Bergen' } },
      occurredAt: new Date(Date.UTC(2024, 0, 1 + (n % 7))).toISOString(),
    }));
    await manager.add('space', { memories }, ann());
  });

  it('go through every order without loss or repetition, equal values by id', async () => {
    for (const field of ['createdAt', 'occurredAt', 'updatedAt', 'importance'] as const) {
      const ascending = await allPages(manager, { order: { field, direction: 'asc' }, limit: 4 });
      const descending = await allPages(manager, { order: { field, direction: 'desc' }, limit: 5 });
      assert.equal(new Set(ascending).size, 23, field);
      assert.deepEqual(descending, ascending.toReversed(), field);
    }
  });

  it('hold exactly what passes the filter, whether Firestore or this service evaluates it', async () => {
    const cases: [Filter, (n: number) => boolean][] = [
      [{ kind: 'note' }, (n) => n % 2 === 1],
      [{ tags: { contains: 'third' } }, (n) => n % 3 === 0],
      [{ tags: 'third', kind: 'fact' }, (n) => n % 6 === 0],
      [{ 'metadata.n': { gte: 5, lt: 9 } }, (n) => n >= 5 && n < 9],
      [{ 'metadata.place.city': { ne: 'Oslo' } }, (n) => n >= 10],
      [{ OR: [{ 'metadata.n': 1 }, { 'metadata.n': { in: [4, 6] } }] }, (n) => [1, 4, 6].includes(n)],
      [{ NOT: { kind: 'note' } }, (n) => n % 2 === 0],
      [{ AND: [{ importance: { gte: 0.75 } }, { kind: 'fact' }] }, (n) => n % 5 >= 3 && n % 2 === 0],
      [{ sessionId: { exists: true } }, () => false],
      [{ occurredAt: { lte: '2024-01-02T00:00:00Z' } }, (n) => n % 7 <= 1],
      [{ text: { contains: 'number 2' } }, (n) => [2, 20, 21, 22].includes(n)],
      [{}, () => true],
    ];
    for (const field of ['createdAt', 'occurredAt', 'importance'] as const) {
      for (const [filter, expected] of cases) {
        const ids = await allPages(manager, { filter, order: { field, direction: 'asc' }, limit: 3 });
        const wanted = Array.from({ length: 23 }, (_, n) => n).filter(expected);
        const numbers = ids.map((id) => Number(id.slice(1))).sort((a, b) => a - b);
        assert.deepEqual(numbers, wanted, JSON.stringify(filter));
      }
    }
  });

  it('stay as they were for those that are there while others write', async () => {
    const own = openManager();
    const add = (n: number) =>
      own.manager.add('space', { memories: [{ id: `p${n}`, text: `page ${n}` }] }, callBy('ann', { now: n }));
    for (const n of [10, 20, 30, 40]) await add(n);
    const first = await own.manager.list('space', { limit: 2 }, ann());
    await add(50);
    await add(25);
    await own.manager.delete('space', { id: 'p30' }, ann());
    const cursor = first.nextCursor ?? '';
    const second = await own.manager.list('space', { limit: 10, cursor }, ann());
    assert.deepEqual(
      first.memories.map(({ id }) => id),
      ['p40', 'p30'],
    );
    assert.deepEqual(
      second.memories.map(({ id }) => id),
      ['p25', 'p20', 'p10'],
    );
    assert.equal(second.nextCursor, null);
  });

  it('[14] refuse a cursor that was changed, is another’s, of another query or a day old', async () => {
    const { nextCursor } = await manager.list('space', { limit: 2 }, ann());
    const cursor = nextCursor ?? '';
    const other = openManager();
    const attempts: [string, () => Promise<unknown>][] = [
      ['changed', () => manager.list('space', { limit: 2, cursor: `A${cursor.slice(1)}` }, ann())],
      ['cut', () => manager.list('space', { limit: 2, cursor: cursor.slice(0, -4) }, ann())],
      ['nonsense', () => manager.list('space', { limit: 2, cursor: 'nonsense' }, ann())],
      ['space', () => manager.list('other', { limit: 2, cursor }, ann())],
      ['filter', () => manager.list('space', { limit: 2, cursor, filter: { kind: 'fact' } }, ann())],
      [
        'order',
        () => manager.list('space', { cursor, order: { field: 'importance', direction: 'asc' } }, ann()),
      ],
      ['operation', () => manager.turns('space', { session: 's', cursor }, ann())],
      ['tenant', () => other.manager.list('space', { limit: 2, cursor }, ann())],
      ['age', () => manager.list('space', { cursor }, callBy('ann', { now: Date.now() + 25 * 3_600_000 }))],
    ];
    for (const [name, attempt] of attempts) await assert.rejects(attempt(), isInvalidCursor, name);
    assert.equal((await manager.list('space', { limit: 3, cursor }, ann())).memories.length, 3);
  });

  it('leave out a document that is no memory, and go on', async () => {
    const paths = spaceOf(tenantId, 'space');
    await paths.memory('broken').set({ text: 42, createdAt: new Date() });
    const ids = await allPages(manager, { limit: 7 });
    await paths.memory('broken').delete();
    assert.equal(ids.length, 23);
  });
});

describe('sessions', () => {
  it('give their turns back in the order in which they were appended, however often times and texts repeat', async () => {
    const { manager } = openManager();
    const occurredAt = '2023-05-08T13:56:00.000Z';
    const turn = (text: string) => ({ role: 'user' as const, text, occurredAt });
    const first = ['yes', 'no', 'yes', 'yes'];
    await manager.append('space', { session: 's', messages: first.map(turn) }, callBy('ann', { now: 1_000 }));
    await manager.append(
      'space',
      { session: 's', messages: ['no', 'end'].map(turn) },
      callBy('ann', { now: 1_001 }),
    );
    await manager.append('space', { session: 'other', messages: [turn('elsewhere')] }, ann());
    const newest = await manager.turns('space', { session: 's', limit: 4 }, ann());
    assert.deepEqual(
      newest.messages.map(({ text }) => text),
      ['yes', 'yes', 'no', 'end'],
    );
    const cursor = newest.nextCursor ?? '';
    const older = await manager.turns('space', { session: 's', limit: 4, cursor }, ann());
    assert.deepEqual(
      older.messages.map(({ text }) => text),
      ['yes', 'no'],
    );
    assert.equal(older.nextCursor, null);
  });

  it('replay an append that is repeated with its key', async () => {
    const { manager } = openManager();
    const request = { session: 's', messages: [{ role: 'user' as const, text: 'hello' }], key: 'k' };
    const once = await manager.append('space', request, ann());
    const again = await manager.append('space', request, ann());
    assert.deepEqual(again, { results: once.results, replayed: true });
    const { messages } = await manager.turns('space', { session: 's' }, ann());
    assert.equal(messages.length, 1);
  });
});
