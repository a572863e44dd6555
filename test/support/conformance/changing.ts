import assert from 'node:assert/strict';
import type { StorageError } from '../../../functions/src/errors.ts';
import { failsWith } from '../fails-with.ts';
import { at, by, listAll, type MakeManager, newTenant } from './subject.ts';

const MISSING = failsWith('not-found', 'memory-not-found');
const MOVED_ON = failsWith('aborted', 'version-mismatch');

/** `update` and `delete`: what changes, for whom, and how often. */
export function describeChanging(make: MakeManager): void {
  describe('update and delete', () => {
    it('change what is named, clear what is null, and leave the rest', async () => {
      const manager = make(newTenant());
      const input = { id: 'm', text: 'first', role: 'user', tags: ['a'], metadata: { a: 1 } } as const;
      await manager.add('s', { memories: [{ ...input, importance: 1, ttlSeconds: 60 }] }, by('ann'));
      const before = await manager.get('s', 'm', by('ann'));
      const changes = { text: 'second', role: null, metadata: { b: 2 }, importance: null, expiresAt: null };
      const { memory } = await manager.update('s', { id: 'm', changes }, by('ben', 1_000));
      const { role: _, ...rest } = before;
      assert.deepEqual(memory, {
        ...rest,
        text: 'second',
        metadata: { b: 2 },
        importance: 0.5,
        expiresAt: null,
        updatedAt: at(1_000),
        version: 2,
      });
      assert.deepEqual(await manager.get('s', 'm', by('ann')), memory);
    });

    it('refuse a version that has moved on, and change nothing then', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, by('ann'));
      for (const ifVersion of [2, 7]) {
        const update = manager.update('s', { id: 'm', changes: { text: 'x' }, ifVersion }, by('ann'));
        await assert.rejects(update, MOVED_ON);
        await assert.rejects(manager.delete('s', { id: 'm', ifVersion }, by('ann')), MOVED_ON);
      }
      assert.deepEqual((await manager.history('s', { id: 'm' }, by('ann'))).revisions.length, 1);
      const request = { id: 'm', changes: { text: 'second' }, ifVersion: 1 };
      assert.equal((await manager.update('s', request, by('ann'))).memory.version, 2);
      const deleted = await manager.delete('s', { id: 'm', ifVersion: 2 }, by('ann'));
      assert.deepEqual(deleted, { id: 'm', version: 3 });
    });

    it('know nothing of a memory that is missing, deleted or expired', async () => {
      const manager = make(newTenant());
      const memories = [
        { id: 'deleted', text: 'one' },
        { id: 'expired', text: 'two', ttlSeconds: 1 },
      ];
      await manager.add('s', { memories }, by('ann'));
      await manager.delete('s', { id: 'deleted' }, by('ann'));
      for (const id of ['never', 'deleted', 'expired']) {
        const later = by('ann', 1_000);
        await assert.rejects(manager.update('s', { id, changes: { text: 'x' } }, later), MISSING);
        await assert.rejects(manager.delete('s', { id, ifVersion: 1 }, later), MISSING);
      }
    });

    it('answer a repeated key as before, and have no second effect', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, by('ann'));
      const update = { id: 'm', changes: { text: 'second' }, ifVersion: 1, key: 'u' };
      const updated = await manager.update('s', update, by('ann', 1));
      assert.deepEqual(await manager.update('s', update, by('ann', 2)), { ...updated, replayed: true });
      const deletion = { id: 'm', ifVersion: 2, key: 'd' };
      const deleted = await manager.delete('s', deletion, by('ann', 3));
      await manager.add('s', { memories: [{ id: 'm', text: 'third' }] }, by('ann', 4));
      assert.deepEqual(await manager.delete('s', deletion, by('ann', 5)), { ...deleted, replayed: true });
      assert.deepEqual(await manager.update('s', update, by('ann', 6)), { ...updated, replayed: true });
      const memory = await manager.get('s', 'm', by('ann'));
      assert.deepEqual([memory.text, memory.version], ['third', 4]);
    });

    it('let one of several win that saw the same version', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, by('ann'));
      const answers = await Promise.allSettled(
        [1, 2, 3, 4, 5].map((n) =>
          manager.update('s', { id: 'm', changes: { metadata: { n } }, ifVersion: 1 }, by(`u${n}`)),
        ),
      );
      const won = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.memory] : []));
      assert.equal(won.length, 1);
      for (const answer of answers) {
        if (answer.status === 'rejected') assert.ok((answer.reason as StorageError).code === 'aborted');
      }
      assert.deepEqual(await manager.get('s', 'm', by('ann')), won[0]);
    });

    it('lose no change of several that come at once', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, by('ann'));
      const changes = [{ importance: 1 }, { tags: ['a'] }, { metadata: { n: 1 } }, { source: 'here' }];
      await Promise.all(
        changes.map((change) => manager.update('s', { id: 'm', changes: change }, by('ann'))),
      );
      const memory = await manager.get('s', 'm', by('ann'));
      assert.deepEqual({ ...memory, ...Object.assign({}, ...changes), version: 5 }, memory);
    });

    it('let one of several delete', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, by('ann'));
      const answers = await Promise.allSettled(
        [1, 2, 3, 4].map((n) => manager.delete('s', { id: 'm' }, by(`u${n}`))),
      );
      assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const answer of answers) {
        if (answer.status === 'rejected') assert.ok(MISSING(answer.reason));
      }
      assert.deepEqual(await listAll(manager, 's'), []);
    });
  });
}
