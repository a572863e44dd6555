import assert from 'node:assert/strict';
import type { SessionSummary } from '../../../functions/src/contract/types.ts';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../fails-with.ts';
import { at, by, type MakeManager, newTenant } from './subject.ts';

const turn = (text: string, after?: number) => ({
  role: 'user' as const,
  text,
  ...(after !== undefined && { occurredAt: at(after) }),
});

/** All pages of the sessions of a space. */
async function pages(on: MemoryManager, limit: number, call = by('ann', 1_000)): Promise<SessionSummary[][]> {
  const all: SessionSummary[][] = [];
  let cursor: string | undefined;
  do {
    const page = await on.sessions('s', { limit, ...(cursor !== undefined && { cursor }) }, call);
    all.push(page.sessions);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && all.length < 20);
  return all;
}

const idsOf = (page: readonly SessionSummary[]) => page.map(({ id }) => id).join(' ');

/** `sessions`: what there is to go on with. */
export function describeSessionList(make: MakeManager): void {
  describe('sessions', () => {
    it('tell how many turns each has, when they were, and how the last one begins', async () => {
      const manager = make(newTenant());
      const messages = [turn('hello', 10), turn(`  how\n\nare ${'you '.repeat(100)}`, 30), turn('hm', 20)];
      await manager.append('s', { session: 'c', messages }, by('ann'));
      await manager.add('s', { memories: [{ text: 'a fact', sessionId: 'c' }] }, by('ann'));
      await manager.append('other', { session: 'd', messages: [turn('elsewhere')] }, by('ann'));
      const { sessions, nextCursor } = await manager.sessions('s', {}, by('ann'));
      const preview = `how are ${'you '.repeat(48)}`.trim();
      assert.deepEqual(sessions, [{ id: 'c', count: 3, firstAt: at(10), lastAt: at(30), preview }]);
      assert.equal(nextCursor, null);
      assert.deepEqual(await manager.sessions('none', {}, by('ann')), { sessions: [], nextCursor: null });
    });

    it('come by their last turn, the latest first, page by page', async () => {
      const manager = make(newTenant());
      for (const [n, session] of ['b', 'e', 'a', 'd', 'c'].entries()) {
        await manager.append('s', { session, messages: [turn(session, n)] }, by('ann'));
      }
      assert.deepEqual((await pages(manager, 2)).map(idsOf), ['c d', 'a e', 'b']);
      await manager.append('s', { session: 'b', messages: [turn('again', 9)] }, by('ann'));
      assert.deepEqual((await pages(manager, 5)).map(idsOf), ['b c d a e']);
      await manager.append('s', { session: 'a', messages: [turn('9', 9)] }, by('ann'));
      assert.deepEqual((await pages(manager, 1)).map(idsOf), ['b', 'a', 'c', 'd', 'e']);
    });

    it('come once each where they stay as they are, while others begin, go on and end between the pages', async () => {
      const manager = make(newTenant());
      const say = (session: string, after: number) =>
        manager.append('s', { session, messages: [turn(session, after)] }, by('ann'));
      for (const [n, session] of ['a', 'b', 'c', 'd', 'e'].entries()) await say(session, n * 10);
      const seen: string[] = [];
      const read = async (cursor?: string) => {
        const page = await manager.sessions('s', { limit: 2, ...(cursor && { cursor }) }, by('ann', 1_000));
        seen.push(idsOf(page.sessions));
        return page.nextCursor ?? undefined;
      };
      const first = await read();
      // The page ended at `d`, which is deleted; one begins before it, and one behind it.
      await manager.deleteSession('s', { session: 'd' }, by('ben', 1));
      await say('new', 50);
      await say('late', 15);
      await say('e', 60);
      const second = await read(first);
      await say('c', 70);
      assert.equal(await read(second), undefined);
      assert.deepEqual(seen, ['e d', 'c late', 'b a']);
    });

    it('refuse a cursor of another space', async () => {
      const manager = make(newTenant());
      for (const session of ['a', 'b']) {
        await manager.append('s', { session, messages: [turn('x')] }, by('ann'));
      }
      const cursor = (await manager.sessions('s', { limit: 1 }, by('ann'))).nextCursor ?? '';
      const elsewhere = manager.sessions('s2', { limit: 1, cursor }, by('ann'));
      await assert.rejects(elsewhere, failsWith('invalid-argument', 'invalid-cursor'));
      assert.equal((await manager.sessions('s', { limit: 1, cursor }, by('ann'))).sessions.length, 1);
    });

    it('count no turn whose time is over, and leave out a session that has no other', async () => {
      const manager = make(newTenant());
      const passing = (text: string, after: number) => ({ ...turn(text, after), ttlSeconds: 1 });
      const messages = [passing('1', 1), turn('2', 2), turn('3', 3), passing('4', 4), passing('5', 5)];
      await manager.append('s', { session: 'c', messages }, by('ann'));
      await manager.append('s', { session: 'gone', messages: [passing('x', 9)] }, by('ann'));
      assert.deepEqual((await pages(manager, 5, by('ann', 999))).map(idsOf), ['gone c']);
      const { sessions } = await manager.sessions('s', {}, by('ann', 1_000));
      assert.deepEqual(sessions, [{ id: 'c', count: 2, firstAt: at(2), lastAt: at(3), preview: '3' }]);
    });

    it('follow the turns that are added, changed, deleted and brought back', async () => {
      const manager = make(newTenant());
      const shown = async () => {
        const { sessions } = await manager.sessions('s', {}, by('ann'));
        return sessions.map(({ id, count, lastAt, preview }) => [id, count, lastAt, preview].join(' '));
      };
      const memory = { id: 'm', text: 'first', kind: 'message', sessionId: 'c', occurredAt: at(1) };
      await manager.add('s', { memories: [memory] }, by('ann'));
      assert.deepEqual(await shown(), [`c 1 ${at(1)} first`]);
      const changes = { occurredAt: at(5), text: 'later' };
      await manager.update('s', { id: 'm', changes }, by('ann'));
      assert.deepEqual(await shown(), [`c 1 ${at(5)} later`]);
      await manager.update('s', { id: 'm', changes: { sessionId: 'd' } }, by('ann'));
      assert.deepEqual(await shown(), [`d 1 ${at(5)} later`]);
      await manager.update('s', { id: 'm', changes: { kind: 'fact' } }, by('ann'));
      assert.deepEqual(await shown(), []);
      await manager.restore('s', { id: 'm', version: 1 }, by('ann'));
      assert.deepEqual(await shown(), [`c 1 ${at(1)} first`]);
      await manager.delete('s', { id: 'm' }, by('ann'));
      assert.deepEqual(await shown(), []);
      await manager.deleteSession('s', { session: 'd' }, by('ann'));
      await manager.restore('s', { id: 'm', version: 3 }, by('ann'));
      assert.deepEqual(await shown(), [`d 1 ${at(5)} later`]);
    });
  });
}
