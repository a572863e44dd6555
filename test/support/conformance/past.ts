import assert from 'node:assert/strict';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../fails-with.ts';
import { at, by, listAll, type MakeManager, newTenant } from './subject.ts';

const MISSING = failsWith('not-found', 'memory-not-found');
const NO_VERSION = failsWith('not-found', 'revision-not-found');

/** Ann creates it, Ben changes it, Cid deletes it. */
async function livePast(manager: MemoryManager): Promise<void> {
  await manager.add('s', { memories: [{ id: 'm', text: 'first', tags: ['a'] }] }, by('ann'));
  await manager.update('s', { id: 'm', changes: { text: 'second', tags: [] } }, by('ben', 1));
  await manager.delete('s', { id: 'm' }, by('cid', 2));
}

async function pastOf(manager: MemoryManager, after = 0) {
  const { revisions } = await manager.history('s', { id: 'm' }, by('ann', after));
  return revisions.map(({ version, change, by: actor, at: time, memory }) => [
    version,
    change,
    actor,
    time,
    memory?.text ?? null,
  ]);
}

/** `history` and `restore`: nothing that was is lost. */
export function describePast(make: MakeManager): void {
  describe('history and restore', () => {
    it('tell every change, newest first, by whom and when, also of a deleted memory', async () => {
      const manager = make(newTenant());
      await livePast(manager);
      assert.deepEqual(await pastOf(manager), [
        [3, 'delete', 'cid', at(2), null],
        [2, 'update', 'ben', at(1), 'second'],
        [1, 'create', 'ann', at(), 'first'],
      ]);
      await assert.rejects(manager.history('s', { id: 'never' }, by('ann')), MISSING);
    });

    it('page through the past without loss or repetition, while it goes on', async () => {
      const manager = make(newTenant());
      await livePast(manager);
      await manager.restore('s', { id: 'm', version: 1 }, by('dan', 3));
      const first = await manager.history('s', { id: 'm', limit: 2 }, by('ann'));
      await manager.update('s', { id: 'm', changes: { text: 'third' } }, by('ann', 4));
      const cursor = first.nextCursor!;
      const second = await manager.history('s', { id: 'm', limit: 2, cursor }, by('ann'));
      const versions = [...first.revisions, ...second.revisions].map(({ version }) => version);
      assert.deepEqual([versions, second.nextCursor], [[4, 3, 2, 1], null]);
    });

    it('bring a version back as a new one, of a living memory and of a deleted one', async () => {
      const manager = make(newTenant());
      await livePast(manager);
      const { memory } = await manager.restore('s', { id: 'm', version: 1 }, by('dan', 3));
      assert.deepEqual(
        [memory.text, memory.tags, memory.version, memory.createdBy, memory.createdAt, memory.updatedAt],
        ['first', ['a'], 4, 'ann', at(), at(3)],
      );
      assert.deepEqual(await manager.get('s', 'm', by('ann')), memory);
      const { results } = await manager.search(['s'], { query: 'first', mode: 'keyword' }, by('ann'));
      assert.deepEqual(
        results.map((result) => result.memory),
        [memory],
      );
      const next = await manager.restore('s', { id: 'm', version: 2 }, by('dan', 4));
      assert.deepEqual([next.memory.text, next.memory.version], ['second', 5]);
      assert.deepEqual((await pastOf(manager)).slice(0, 2), [
        [5, 'restore', 'dan', at(4), 'second'],
        [4, 'restore', 'dan', at(3), 'first'],
      ]);
    });

    it('refuse a version that never was, was a deletion, or has moved on', async () => {
      const manager = make(newTenant());
      await livePast(manager);
      for (const version of [3, 4, 99]) {
        await assert.rejects(manager.restore('s', { id: 'm', version }, by('ann')), NO_VERSION);
      }
      await assert.rejects(manager.restore('s', { id: 'never', version: 1 }, by('ann')), MISSING);
      const stale = manager.restore('s', { id: 'm', version: 1, ifVersion: 2 }, by('ann'));
      await assert.rejects(stale, failsWith('aborted', 'version-mismatch'));
      assert.deepEqual(await listAll(manager, 's'), []);
      const { memory } = await manager.restore('s', { id: 'm', version: 1, ifVersion: 3 }, by('ann'));
      assert.equal(memory.version, 4);
    });

    it('answer a repeated key as before', async () => {
      const manager = make(newTenant());
      await livePast(manager);
      const request = { id: 'm', version: 1, key: 'k' };
      const once = await manager.restore('s', request, by('ann', 3));
      assert.deepEqual(await manager.restore('s', request, by('ann', 4)), { ...once, replayed: true });
      assert.equal((await manager.get('s', 'm', by('ann'))).version, 4);
    });

    it('go on with the versions when the id is used again', async () => {
      const manager = make(newTenant());
      await livePast(manager);
      const { results } = await manager.add('s', { memories: [{ id: 'm', text: 'anew' }] }, by('eve', 3));
      assert.deepEqual(results, [{ id: 'm', version: 4, outcome: 'created' }]);
      assert.deepEqual(
        (await pastOf(manager)).map(([version]) => version),
        [4, 3, 2, 1],
      );
    });
  });
}
