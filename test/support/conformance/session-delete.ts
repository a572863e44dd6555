import assert from 'node:assert/strict';
import { failsWith } from '../fails-with.ts';
import { by, listAll, type MakeManager, newTenant } from './subject.ts';

const turns = (...texts: string[]) => texts.map((text) => ({ role: 'user' as const, text }));

/** `deleteSession`: a conversation that is not to be remembered. */
export function describeSessionDelete(make: MakeManager): void {
  describe('deleteSession', () => {
    it('deletes all turns of the session, and nothing else', async () => {
      const manager = make(newTenant());
      await manager.append('s', { session: 'c', messages: turns('one', 'two') }, by('ann'));
      await manager.append('s', { session: 'c2', messages: turns('stays') }, by('ann'));
      await manager.append('s2', { session: 'c', messages: turns('elsewhere') }, by('ann'));
      await manager.add('s', { memories: [{ text: 'a fact', sessionId: 'c' }] }, by('ann'));
      assert.deepEqual(await manager.deleteSession('s', { session: 'c' }, by('ben')), { deleted: 2 });
      const left = await listAll(manager, 's');
      assert.deepEqual(left.map(({ text }) => text).toSorted(), ['a fact', 'stays']);
      assert.equal((await listAll(manager, 's2')).length, 1);
      const { sessions } = await manager.sessions('s', {}, by('ann'));
      assert.deepEqual(
        sessions.map(({ id }) => id),
        ['c2'],
      );
      const { results } = await manager.search(['s'], { query: 'one two' }, by('ann'));
      assert.equal(results.length, 2);
    });

    it('keeps what the turns were, as the deletion of each would', async () => {
      const manager = make(newTenant());
      const { results } = await manager.append('s', { session: 'c', messages: turns('one') }, by('ann'));
      const { id } = results[0]!;
      await manager.deleteSession('s', { session: 'c' }, by('ben'));
      const { revisions } = await manager.history('s', { id }, by('ann'));
      assert.deepEqual(
        revisions.map(({ change, by: who, memory }) => [change, who, memory?.text]),
        [
          ['delete', 'ben', undefined],
          ['create', 'ann', 'one'],
        ],
      );
      await manager.restore('s', { id, version: 1 }, by('ann'));
      assert.equal((await manager.turns('s', { session: 'c' }, by('ann'))).messages.length, 1);
    });

    it('takes expired turns away uncounted, and shows them to nobody afterwards', async () => {
      const manager = make(newTenant());
      const messages = [...turns('stays'), { ...turns('passes')[0]!, id: 'm', ttlSeconds: 1 }];
      await manager.append('s', { session: 'c', messages }, by('ann'));
      const later = by('ann', 1_000);
      assert.deepEqual(await manager.deleteSession('s', { session: 'c' }, later), { deleted: 1 });
      const history = manager.history('s', { id: 'm' }, later);
      await assert.rejects(history, failsWith('not-found', 'memory-not-found'));
      // Seen at a time at which it had not expired: it is gone, not hidden.
      await assert.rejects(manager.get('s', 'm', by('ann')), failsWith('not-found', 'memory-not-found'));
    });

    it('deletes nothing of a session that is not there, and is done once for each key', async () => {
      const manager = make(newTenant());
      assert.deepEqual(await manager.deleteSession('s', { session: 'never' }, by('ann')), { deleted: 0 });
      await manager.append('s', { session: 'c', messages: turns('one', 'two', 'three') }, by('ann'));
      const request = { session: 'c', key: 'k' };
      assert.deepEqual(await manager.deleteSession('s', request, by('ann')), { deleted: 3 });
      await manager.append('s', { session: 'c', messages: turns('new') }, by('ann'));
      const again = await manager.deleteSession('s', request, by('ann'));
      assert.deepEqual(again, { deleted: 3, replayed: true });
      assert.equal((await manager.turns('s', { session: 'c' }, by('ann'))).messages.length, 1);
      const other = manager.deleteSession('s', { ...request, session: 'd' }, by('ann'));
      await assert.rejects(other, failsWith('failed-precondition', 'key-reused'));
    });
  });
}
