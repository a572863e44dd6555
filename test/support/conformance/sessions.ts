import assert from 'node:assert/strict';
import type { MemoryManager } from '../../../functions/src/storage/memory-manager.ts';
import { failsWith } from '../fails-with.ts';
import { at, by, type MakeManager, newTenant } from './subject.ts';

const turn = (text: string) => ({ role: 'user' as const, text });

/** The texts of a session's windows, the newest window first, each in its own order. */
async function windows(manager: MemoryManager, session: string, limit: number): Promise<string[][]> {
  const texts: string[][] = [];
  let cursor: string | undefined;
  do {
    const request = { session, limit, ...(cursor !== undefined && { cursor }) };
    const page = await manager.turns('s', request, by('ann', 1_000));
    texts.push(page.messages.map(({ text }) => text));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return texts;
}

/** `append` and `turns`: a conversation as it was. */
export function describeSessions(make: MakeManager): void {
  describe('append and turns', () => {
    it('keep every turn, equal ones too, in the order in which they were said', async () => {
      const manager = make(newTenant());
      const { results } = await manager.append(
        's',
        { session: 'c', messages: ['yes', 'yes', 'no'].map(turn) },
        by('ann'),
      );
      assert.equal(new Set(results.map(({ id }) => id)).size, 3);
      await manager.append('s', { session: 'c', messages: ['no', 'yes'].map(turn) }, by('ben', 1));
      assert.deepEqual(await windows(manager, 'c', 10), [['yes', 'yes', 'no', 'no', 'yes']]);
      assert.deepEqual(await windows(manager, 'c', 2), [['no', 'yes'], ['yes', 'no'], ['yes']]);
    });

    it('order turns by when they were said, not by when they were stored', async () => {
      const manager = make(newTenant());
      const messages = ['2003', '2001', '2002'].map((year) => ({
        ...turn(year),
        occurredAt: `${year}-01-01T00:00:00.000Z`,
      }));
      await manager.append('s', { session: 'c', messages }, by('ann'));
      assert.deepEqual(await windows(manager, 'c', 10), [['2001', '2002', '2003']]);
    });

    it('show each turn that stays in one window, while others come and go between the windows', async () => {
      const manager = make(newTenant());
      const said = (text: string, after: number) => ({ ...turn(text), occurredAt: at(after) });
      const append = (...messages: ReturnType<typeof said>[]) =>
        manager.append('s', { session: 'c', messages }, by('ann'));
      const { results } = await append(...['a', 'b', 'c', 'd', 'e'].map((text, n) => said(text, n * 10)));
      const seen: string[] = [];
      const read = async (cursor?: string) => {
        const request = { session: 'c', limit: 2, ...(cursor !== undefined && { cursor }) };
        const page = await manager.turns('s', request, by('ann', 1_000));
        seen.push(page.messages.map(({ text }) => text).join(' '));
        return page.nextCursor ?? undefined;
      };
      const first = await read();
      // The window ended at `d`, which goes; one comes behind it, and one before it.
      await manager.delete('s', { id: results[3]!.id }, by('ben', 1));
      await append(said('new', 50), said('late', 15));
      const second = await read(first);
      await append(said('newer', 60));
      await manager.delete('s', { id: results[2]!.id }, by('ben', 2));
      assert.equal(await read(second), undefined);
      assert.deepEqual(seen, ['d e', 'late c', 'a b']);
    });

    it('make memories of kind message in the session, and show only those', async () => {
      const manager = make(newTenant());
      const { results } = await manager.append('s', { session: 'c', messages: [turn('hello')] }, by('ann'));
      await manager.add('s', { memories: [{ text: 'a fact', sessionId: 'c' }] }, by('ann'));
      await manager.append('s', { session: 'c2', messages: [turn('elsewhere')] }, by('ann'));
      const { messages } = await manager.turns('s', { session: 'c' }, by('ann'));
      const memory = await manager.get('s', results[0]!.id, by('ann'));
      assert.deepEqual(messages, [memory]);
      assert.deepEqual([memory.kind, memory.sessionId, memory.role], ['message', 'c', 'user']);
      assert.deepEqual(await manager.turns('s', { session: 'never' }, by('ann')), {
        messages: [],
        nextCursor: null,
      });
    });

    it('append once for each key', async () => {
      const manager = make(newTenant());
      const request = { session: 'c', messages: [turn('hello')], key: 'k' };
      const once = await manager.append('s', request, by('ann'));
      assert.deepEqual(await manager.append('s', request, by('ann')), { ...once, replayed: true });
      const other = manager.append('s', { ...request, session: 'c2' }, by('ann'));
      await assert.rejects(other, failsWith('failed-precondition', 'key-reused'));
      assert.deepEqual(await windows(manager, 'c', 10), [['hello']]);
    });

    it('leave out the turns that are deleted or whose time is over, and honour a filter', async () => {
      const manager = make(newTenant());
      const messages = [
        { ...turn('stays'), tags: ['t'] },
        { ...turn('passes'), ttlSeconds: 1 },
        turn('goes'),
        turn('too'),
      ];
      const { results } = await manager.append('s', { session: 'c', messages }, by('ann'));
      await manager.delete('s', { id: results[2]!.id }, by('ann'));
      assert.deepEqual(await windows(manager, 'c', 10), [['stays', 'too']]);
      const tagged = await manager.turns('s', { session: 'c', filter: { tags: 't' } }, by('ann'));
      assert.deepEqual(
        tagged.messages.map(({ text }) => text),
        ['stays'],
      );
    });
  });
}
