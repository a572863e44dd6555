import assert from 'node:assert/strict';
import type { Filter, Firememory, MemoryInput, Order } from '../../../client/src/index.ts';
import { rejection } from '../../support/rejection.ts';
import { openWorld, type World } from '../../support/world.ts';

/** The memories that the filters choose from, by id. */
const INPUTS: readonly MemoryInput[] = [
  { id: 'a', text: 'The lion sleeps', kind: 'note', tags: ['cat', 'big'], importance: 0.1 },
  { id: 'b', text: 'The lynx wakes', kind: 'note', tags: ['cat'], importance: 0.5, role: 'user' },
  { id: 'c', text: 'Oslo is cold', importance: 0.5, metadata: { city: 'Oslo', year: 2024 } },
  { id: 'd', text: 'Bergen is wet', importance: 0.9, metadata: { city: 'Bergen', at: { zip: 5003 } } },
  {
    id: 'e',
    text: 'hello',
    kind: 'message',
    role: 'assistant',
    sessionId: 's',
    agentId: 'bot',
    importance: 1,
  },
];
const MEMORIES = INPUTS.map((memory, place) => ({
  ...memory,
  occurredAt: `2026-01-0${place + 1}T00:00:00.000Z`,
}));

const noon = '2026-01-03T12:00:00.000Z';

const CHOSEN: readonly [filter: Filter, ids: string][] = [
  [{}, 'abcde'],
  [{ kind: 'note' }, 'ab'],
  [{ kind: { eq: 'fact' } }, 'cd'],
  [{ id: 'c' }, 'c'],
  [{ kind: { ne: 'fact' } }, 'abe'],
  [{ role: { ne: 'user' } }, 'acde'],
  [{ importance: { gt: 0.5 } }, 'de'],
  [{ importance: { gte: 0.5 } }, 'bcde'],
  [{ importance: { gte: 0.5, lt: 0.9 } }, 'bc'],
  [{ importance: { lt: 0.5 } }, 'a'],
  [{ importance: { lte: 0.5 } }, 'abc'],
  [{ occurredAt: { lt: noon } }, 'abc'],
  [{ occurredAt: { gte: noon } }, 'de'],
  [{ occurredAt: '2026-01-03T00:00:00Z' }, 'c'],
  [{ kind: { in: ['note', 'message'] } }, 'abe'],
  [{ tags: { in: ['big', 'small'] } }, 'a'],
  [{ kind: { nin: ['note', 'message'] } }, 'cd'],
  [{ tags: { nin: ['big'] } }, 'bcde'],
  [{ role: { exists: true } }, 'be'],
  [{ tags: { exists: false } }, 'cde'],
  [{ expiresAt: null }, 'abcde'],
  [{ tags: { contains: 'cat' } }, 'ab'],
  [{ tags: 'big' }, 'a'],
  [{ text: { contains: 'is' } }, 'cd'],
  [{ 'metadata.city': 'Oslo' }, 'c'],
  [{ 'metadata.year': { gt: 2000 } }, 'c'],
  [{ 'metadata.at.zip': { exists: true } }, 'd'],
  [{ 'metadata.city': { contains: 'erg' } }, 'd'],
  [{ sessionId: 's', agentId: 'bot' }, 'e'],
  [{ kind: 'note', tags: 'cat', importance: { gt: 0.2 } }, 'b'],
  [{ AND: [{ kind: 'note' }, { importance: { lt: 0.5 } }] }, 'a'],
  [{ OR: [{ kind: 'note' }, { 'metadata.city': 'Oslo' }] }, 'abc'],
  [{ NOT: { OR: [{ kind: 'note' }, { tags: { exists: true } }] } }, 'cde'],
  [{ version: 2 }, ''],
];

describe('lists', () => {
  let world: World;
  let client: Firememory;
  before(async () => {
    world = await openWorld('lists');
    client = world.editor.open(world.tenant);
    for (const memory of MEMORIES) await client.memory.add(memory);
  });

  for (const [filter, ids] of CHOSEN) {
    it(`hold exactly what passes ${JSON.stringify(filter)}`, async () => {
      const { memories, nextCursor } = await client.memory.list({ filter });
      assert.deepEqual(idsOf(memories).sort(), [...ids]);
      assert.equal(nextCursor, null);
    });
  }

  const ORDERED: readonly [order: Order | undefined, ids: string][] = [
    [undefined, 'edcba'],
    [{ field: 'createdAt', direction: 'asc' }, 'abcde'],
    [{ field: 'occurredAt', direction: 'desc' }, 'edcba'],
    [{ field: 'importance', direction: 'asc' }, 'abcde'],
    [{ field: 'importance', direction: 'desc' }, 'edcba'],
  ];
  for (const [order, ids] of ORDERED) {
    const name = order === undefined ? 'newest first by default' : `by ${order.field} ${order.direction}`;
    it(`come ${name}, page by page to the end, without loss or repetition`, async () => {
      for (const limit of [1, 2, 5]) {
        const pages = await allPages((cursor) => client.memory.list({ order, limit, cursor }));
        assert.equal(pages.flatMap(idsOf).join(''), ids);
        assert.ok(pages.slice(0, -1).every((page) => page.length === limit));
      }
    });
  }

  it('come by the time of the last change', async () => {
    await client.memory.update('a', { importance: 0.1 });
    const { memories } = await client.memory.list({ order: { field: 'updatedAt', direction: 'desc' } });
    assert.equal(idsOf(memories).join(''), 'aedcb');
  });

  it('go on behind a filter that Firestore cannot answer', async () => {
    const filter = { text: { contains: 'is' } };
    const pages = await allPages((cursor) => client.memory.list({ filter, limit: 1, cursor }));
    assert.equal(pages.flatMap(idsOf).join(''), 'dc');
  });

  it('miss and repeat nothing when others write between two pages', async () => {
    const space = world.shared;
    const add = (id: string) => client.memory.add({ id, text: `written as ${id}` }, { space });
    for (const id of ['p', 'q', 'r', 's']) await add(id);
    const first = await client.memory.list({ space, limit: 2 });
    await add('t');
    await client.memory.delete('q', { space });
    const second = await client.memory.list({ space, limit: 2, cursor: first.nextCursor ?? '' });
    assert.equal(idsOf([...first.memories, ...second.memories]).join(''), 'srp');
    assert.equal(second.nextCursor, null);
  });

  it('have twenty memories where no limit is given', async () => {
    const inputs = Array.from({ length: 21 }, () => ({ text: 'one of many' }));
    await world.owner.open(world.tenant).memory.add(inputs, { dedupe: 'off' });
    const { memories, nextCursor } = await world.owner.open(world.tenant).memory.list();
    assert.equal(memories.length, 20);
    assert.equal(typeof nextCursor, 'string');
  });

  describe('[14] a cursor', () => {
    const order: Order = { field: 'importance', direction: 'asc' };
    let cursor: string;
    before(async () => {
      ({ nextCursor: cursor } = (await client.memory.list({ order, limit: 2 })) as { nextCursor: string });
    });

    const go = (with_: string, options: object = {}) =>
      client.memory.list({ order, limit: 2, cursor: with_, ...options });

    async function assertRefused(call: Promise<unknown>): Promise<void> {
      const error = await rejection(call);
      assert.equal(error.code, 'invalid-argument');
      assert.equal(error.reason, 'invalid-cursor');
      assert.deepEqual(error.issues, [{ path: 'cursor', code: 'invalid_cursor' }]);
    }

    it('is good for its own query, as often as one likes', async () => {
      for (let turn = 0; turn < 2; turn += 1) assert.equal(idsOf((await go(cursor)).memories).join(''), 'cd');
    });

    it('fits into a URL as it is', () => {
      assert.match(cursor, /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
    });

    it('is refused when any part of it was changed', async () => {
      const [body = '', signature = ''] = cursor.split('.');
      const flipped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
      const changed = [
        `${flipped(body)}.${signature}`,
        `${body}.${flipped(signature)}`,
        `${body}.`,
        body,
        `.${signature}`,
        `${cursor}.${signature}`,
        `${cursor}AAAA`,
        `${Buffer.from('[9999999999999,["a"]]').toString('base64url')}.${signature}`,
        'null',
        '\u0000 é 🦓',
      ];
      for (const one of changed) await assertRefused(go(one));
    });

    it('is refused for another order, filter, space or operation', async () => {
      await assertRefused(go(cursor, { order: { ...order, direction: 'desc' } }));
      await assertRefused(go(cursor, { order: { field: 'createdAt', direction: 'asc' } }));
      await assertRefused(go(cursor, { filter: { kind: 'note' } }));
      await assertRefused(go(cursor, { space: world.shared }));
      await assertRefused(client.session.history('s', { cursor }));
      await assertRefused(world.owner.open(world.tenant).tenant.members({ cursor }));
    });

    it('is refused in another tenant', async () => {
      const other = await openWorld('lists-other');
      const { shared: space } = world;
      const { nextCursor } = await client.memory.list({ space, limit: 1 });
      await assertRefused(other.editor.open(other.tenant).memory.list({ space, cursor: nextCursor ?? '' }));
      await client.memory.list({ space, cursor: nextCursor ?? '' });
    });
  });
});

const idsOf = (memories: readonly { readonly id: string }[]) => memories.map(({ id }) => id);

/** Follows the cursors to the end. */
async function allPages<T>(
  read: (cursor: string | undefined) => Promise<{ memories: T[]; nextCursor: string | null }>,
): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    pages.push(page.memories);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && pages.length < 100);
  return pages;
}
