import assert from 'node:assert/strict';
import type { MemoryInput, SearchMode } from '../../../functions/src/contract/types.ts';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../fails-with.ts';
import { at, by, listAll, type MakeManager, newTenant } from './subject.ts';

const MODES: readonly SearchMode[] = ['hybrid', 'semantic', 'keyword'];
const MISSING = failsWith('not-found', 'memory-not-found');

async function found(manager: MemoryManager, query: string, mode: SearchMode, after = 0): Promise<string[]> {
  const { results } = await manager.search(['s'], { query, mode }, by('ann', after));
  return results.map(({ memory }) => memory.id);
}

/** `get`, `list` and `search`: what may be seen, and in which order. */
export function describeReading(make: MakeManager): void {
  describe('get, list and search', () => {
    it('know a memory the moment that it is written, changed, deleted or its time is over', async () => {
      const manager = make(newTenant());
      const seen = async (query: string, after = 0) => [
        ...(await Promise.all(MODES.map((mode) => found(manager, query, mode, after)))),
        (await listAll(manager, 's', {}, by('ann', after))).map(({ id }) => id),
      ];
      await manager.add('s', { memories: [{ id: 'm', text: 'Rex chases squirrels' }] }, by('ann'));
      assert.deepEqual(await seen('squirrels'), [['m'], ['m'], ['m'], ['m']]);
      const changes = { text: 'Rex sleeps all day', ttlSeconds: 60 };
      await manager.update('s', { id: 'm', changes }, by('ann'));
      assert.deepEqual(await found(manager, 'squirrels', 'keyword'), []);
      assert.deepEqual(await seen('sleeps', 59_999), [['m'], ['m'], ['m'], ['m']]);
      assert.deepEqual(await seen('sleeps', 60_000), [[], [], [], []]);
      await manager.delete('s', { id: 'm' }, by('ann'));
      assert.deepEqual(await seen('sleeps'), [[], [], [], []]);
    });

    it('answer alike for a memory that never was, is deleted, has expired or is elsewhere', async () => {
      const manager = make(newTenant());
      const memories = [
        { id: 'deleted', text: 'deleted' },
        { id: 'expired', text: 'expired', ttlSeconds: 1 },
      ];
      await manager.add('s', { memories }, by('ann'));
      await manager.add('other', { memories: [{ id: 'elsewhere', text: 'elsewhere' }] }, by('ann'));
      await manager.delete('s', { id: 'deleted' }, by('ann'));
      const errors = await Promise.all(
        ['never', 'deleted', 'expired', 'elsewhere'].map(async (id) => {
          const error: unknown = await manager.get('s', id, by('ann', 1_000)).catch((e: unknown) => e);
          MISSING(error);
          return JSON.stringify([(error as Error).message, { ...(error as Error) }]);
        }),
      );
      assert.equal(new Set(errors).size, 1, errors.join('\n'));
    });

    it('never cross a space or a tenant', async () => {
      const tenant = newTenant();
      const manager = make(tenant);
      await manager.add('s', { memories: [{ id: 'm', text: 'secret' }] }, by('ann'));
      const strangers: [MemoryManager, string][] = [
        [manager, 's2'],
        [manager, 'm'],
        [make(`${tenant}2`), 's'],
        [make(newTenant()), 's'],
      ];
      for (const [stranger, space] of strangers) {
        await assert.rejects(stranger.get(space, 'm', by('ann')), MISSING);
        await assert.rejects(stranger.history(space, { id: 'm' }, by('ann')), MISSING);
        await assert.rejects(stranger.update(space, { id: 'm', changes: { text: 'x' } }, by('ann')), MISSING);
        await assert.rejects(stranger.delete(space, { id: 'm' }, by('ann')), MISSING);
        await assert.rejects(stranger.restore(space, { id: 'm', version: 1 }, by('ann')), MISSING);
        assert.deepEqual(await listAll(stranger, space), []);
        assert.deepEqual((await stranger.search([space], { query: 'secret' }, by('ann'))).results, []);
      }
      assert.equal((await make(tenant).get('s', 'm', by('ben'))).text, 'secret');
    });

    it('list in each order, equal values in an order of their own, without loss or repetition', async () => {
      const manager = make(newTenant());
      const importances = [0.2, 0.9, 0.2, 0.5, 0.9, 0.2, 1];
      for (const [n, importance] of importances.entries()) {
        const input = { id: `m${n}`, text: `number ${n}`, importance, occurredAt: at(-importance * 10_000) };
        await manager.add('s', { memories: [input] }, by('ann', Math.floor(n / 2)));
      }
      for (const field of ['createdAt', 'occurredAt', 'updatedAt', 'importance'] as const) {
        const whole = await listAll(manager, 's', { order: { field, direction: 'asc' } });
        const values = whole.map((memory) => memory[field]);
        assert.deepEqual(values, values.toSorted(), field);
        assert.equal(new Set(whole.map(({ id }) => id)).size, importances.length);
        const paged = await listAll(manager, 's', { order: { field, direction: 'desc' }, limit: 2 });
        assert.deepEqual(paged, whole.toReversed(), field);
      }
    });

    it('honour a filter exactly, and refuse what they cannot honour', async () => {
      const manager = make(newTenant());
      const memories: MemoryInput[] = [
        { id: 'a', text: 'note one', tags: ['x'], metadata: { n: 1 } },
        { id: 'b', text: 'note two', tags: ['x', 'y'], metadata: { n: 2 } },
        { id: 'c', text: 'note three', kind: 'note', metadata: { n: '2' } },
      ];
      await manager.add('s', { memories }, by('ann'));
      for (const [filter, ids] of [
        [{ tags: 'x' }, ['a', 'b']],
        [{ 'metadata.n': 2 }, ['b']],
        [{ OR: [{ kind: 'note' }, { tags: { contains: 'y' } }] }, ['b', 'c']],
        [{ NOT: { tags: 'x' } }, ['c']],
      ] as const) {
        const listed = (await listAll(manager, 's', { filter })).map(({ id }) => id);
        assert.deepEqual(listed.toSorted(), ids);
        const { results } = await manager.search(['s'], { query: 'note', filter }, by('ann'));
        assert.deepEqual(results.map(({ memory }) => memory.id).toSorted(), ids);
      }
      for (const filter of [{ colour: 'red' }, { kind: { near: 'note' } }] as never[]) {
        const invalid = failsWith('invalid-argument', 'invalid-filter');
        await assert.rejects(manager.list('s', { filter }, by('ann')), invalid);
        await assert.rejects(manager.search(['s'], { query: 'note', filter }, by('ann')), invalid);
      }
    });

    it('refuse a cursor of another query, and of another day', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ text: 'one' }, { text: 'two' }] }, by('ann'));
      const cursor = (await manager.list('s', { limit: 1 }, by('ann'))).nextCursor!;
      const invalid = failsWith('invalid-argument', 'invalid-cursor');
      await assert.rejects(manager.list('s', { cursor, filter: { kind: 'fact' } }, by('ann')), invalid);
      await assert.rejects(manager.list('t', { cursor }, by('ann')), invalid);
      await assert.rejects(manager.list('s', { cursor }, by('ann', 2 * 24 * 3_600_000)), invalid);
      assert.equal((await manager.list('s', { cursor }, by('ann'))).memories.length, 1);
    });

    it('search several spaces at once, best first, and no more than was asked for', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'a', text: 'apples and pears' }] }, by('ann'));
      await manager.add('t', { memories: [{ id: 'b', text: 'apples, apples' }] }, by('ann'));
      await manager.add('u', { memories: [{ id: 'c', text: 'apples' }] }, by('ann'));
      const { results } = await manager.search(['s', 't'], { query: 'apples' }, by('ann'));
      assert.deepEqual(results.map(({ memory }) => [memory.space, memory.id]).toSorted(), [
        ['s', 'a'],
        ['t', 'b'],
      ]);
      const scores = results.map(({ score }) => score);
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
      );
      const one = await manager.search(['s', 't'], { query: 'apples', limit: 1 }, by('ann'));
      assert.deepEqual(one.results, results.slice(0, 1));
    });
  });
}
