import assert from 'node:assert/strict';
import { failsWith } from '../fails-with.ts';
import { by, listAll, type MakeManager, newTenant } from './subject.ts';

const MEMORIES = [
  { id: 'a', text: 'tea at four', kind: 'note', tags: ['drink'] },
  { id: 'b', text: 'coffee at five', kind: 'note', importance: 0.9 },
  { id: 'c', text: 'rice at six', tags: ['food'] },
];

/** `purge`: what it takes, what it counts, and what it leaves. */
export function describePurging(make: MakeManager): void {
  describe('purge', () => {
    const open = async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: MEMORIES }, by('ann'));
      await manager.add('other', { memories: MEMORIES }, by('ann'));
      const left = async (space = 's') => (await listAll(manager, space)).map(({ id }) => id).sort();
      return { manager, left };
    };

    it('counts and shows what passes the filter, and deletes it only when told that it is no dry run', async () => {
      const { manager, left } = await open();
      const filter = { kind: 'note' };
      const counted = await manager.purge('s', { filter }, by('ann', 1));
      assert.deepEqual(await left(), ['a', 'b', 'c']);
      const purged = await manager.purge('s', { filter, dryRun: false }, by('ann', 1));
      assert.deepEqual(await left(), ['c']);
      assert.deepEqual(await left('other'), ['a', 'b', 'c']);
      assert.ok('sample' in counted && 'sample' in purged);
      assert.deepEqual([counted.matched, counted.deleted, purged.matched, purged.deleted], [2, 0, 2, 2]);
      for (const { sample } of [counted, purged])
        assert.deepEqual(sample.map(({ id }) => id).sort(), ['a', 'b']);
    });

    it('deletes as a deletion does: the past is kept, and what was can be restored', async () => {
      const { manager, left } = await open();
      await manager.purge('s', { filter: { all: true }, dryRun: false }, by('ben', 1));
      assert.deepEqual(await left(), []);
      const { revisions } = await manager.history('s', { id: 'a' }, by('ann', 2));
      assert.deepEqual(
        revisions.map(({ version, change, by: whom }) => [version, change, whom]),
        [
          [2, 'delete', 'ben'],
          [1, 'create', 'ann'],
        ],
      );
      const { memory } = await manager.restore('s', { id: 'a', version: 1 }, by('ann', 3));
      assert.deepEqual([memory.text, memory.version], ['tea at four', 3]);
    });

    it('takes {all: true} for everything, and refuses a filter that is empty', async () => {
      const { manager, left } = await open();
      for (const filter of [{}, { AND: [{}] }, { OR: [{ kind: 'note' }, {}] }, { NOT: {} }]) {
        const purge = manager.purge('s', { filter, dryRun: false }, by('ann', 1));
        await assert.rejects(purge, failsWith('invalid-argument', 'invalid-filter'));
      }
      assert.deepEqual(await left(), ['a', 'b', 'c']);
      await manager.purge('s', { filter: { all: true }, dryRun: false }, by('ann', 1));
      assert.deepEqual(await left(), []);
    });

    it('leaves what was added after it began', async () => {
      const { manager, left } = await open();
      await manager.add('s', { memories: [{ id: 'late', text: 'late' }] }, by('ann', 2));
      await manager.purge('s', { filter: { all: true }, dryRun: false }, by('ann', 1));
      assert.deepEqual(await left(), ['late']);
    });

    it('with a key is done once and answers the same', async () => {
      const { manager, left } = await open();
      const request = { filter: { kind: 'note' }, dryRun: false, key: 'k' };
      const first = await manager.purge('s', request, by('ann', 1));
      await manager.restore('s', { id: 'a', version: 1 }, by('ann', 2));
      assert.deepEqual(await manager.purge('s', request, by('ann', 3)), { ...first, replayed: true });
      assert.deepEqual(await left(), ['a', 'c']);
      const other = manager.purge('s', { ...request, filter: { all: true } }, by('ann', 3));
      await assert.rejects(other, failsWith('failed-precondition', 'key-reused'));
    });
  });
}
