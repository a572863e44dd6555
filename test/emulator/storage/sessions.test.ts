/** Markers of sessions: what raises them, what leaves them alone, and what a list makes of those that are left. */
import assert from 'node:assert/strict';
import { SESSIONS } from '../../../functions/src/config.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { toTimestamp } from '../../../functions/src/storage/memory-codec.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { differences } from '../../support/differences.ts';
import { callBy, freshId, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = callBy('ann');
const turn = (text: string, occurredAt: string) => ({ role: 'user' as const, text, occurredAt });
const at = (second: number) => new Date(Date.UTC(2024, 0, 1) + second * 1_000).toISOString();

function open() {
  const { manager, tenantId } = openManager(freshId('tenant'));
  const paths = spaceOf(tenantId, 's');
  const marked = async (session = 'c') => (await paths.session(session).get()).get('lastAt') as unknown;
  const reconcile = (memoryId: string) =>
    reconcileMemory(testDatabase(), embedder, { tenantId, spaceId: 's', memoryId });
  return { manager, paths, marked, reconcile };
}

describe('the marker of a session', () => {
  it('rises to the latest of the turns that one call brings, and never falls', async () => {
    const { manager, marked, paths } = open();
    const messages = [turn('b', at(2)), turn('c', at(3)), turn('a', at(1))];
    await manager.append('s', { session: 'c', messages }, ann);
    assert.equal(await marked(), Date.parse(at(3)));
    await manager.append('s', { session: 'c', messages: [turn('z', at(0))] }, ann);
    assert.equal(await marked(), Date.parse(at(3)));
    assert.deepEqual(await differences(paths), []);
  });

  it('is not written by a change that leaves the turn where it was, nor by an event of it', async () => {
    const { manager, paths, reconcile } = open();
    const { results } = await manager.append('s', { session: 'c', messages: [turn('a', at(1))] }, ann);
    const id = results[0]!.id;
    const written = (await paths.session('c').get()).updateTime;
    await manager.update('s', { id, changes: { text: 'b' } }, ann);
    await manager.update('s', { id, changes: { occurredAt: at(0) } }, ann);
    await reconcile(id);
    assert.deepEqual((await paths.session('c').get()).updateTime, written);
  });

  it('is written by the trigger for a turn that was written by hand', async () => {
    const { manager, paths, marked, reconcile } = open();
    await paths.memory('hand').set({
      text: 'by hand',
      kind: 'message',
      sessionId: 'c',
      occurredAt: toTimestamp('1970-01-01T00:00:05.000Z'),
    });
    await reconcile('hand');
    assert.equal(await marked(), 5_000);
    const { sessions } = await manager.sessions('s', {}, ann);
    assert.deepEqual(sessions, [
      {
        id: 'c',
        count: 1,
        firstAt: '1970-01-01T00:00:05.000Z',
        lastAt: '1970-01-01T00:00:05.000Z',
        preview: 'by hand',
      },
    ]);
  });

  it('is raised by many writers at once without holding them up', async () => {
    const { manager, marked } = open();
    const appends = Array.from({ length: 20 }, (_, n) =>
      manager.append('s', { session: 'c', messages: [turn('yes', at(n))] }, callBy('ann')),
    );
    await Promise.all(appends);
    assert.equal(await marked(), Date.parse(at(19)));
  });
});

describe('a list of sessions', () => {
  it('ends a page among markers that nothing is left of, and goes on behind them', async () => {
    const { manager, paths } = open();
    await manager.append('s', { session: 'c', messages: [turn('a', at(0))] }, ann);
    const batch = testDatabase().batch();
    for (let n = 0; n < SESSIONS.MAX_MARKERS; n += 1) {
      batch.set(paths.session(`ended-${n}`), { lastAt: Date.parse(at(n + 1)) });
    }
    batch.set(paths.session('odd'), { lastAt: 'by hand' });
    await batch.commit();
    const first = await manager.sessions('s', { limit: 5 }, ann);
    assert.deepEqual(first.sessions, []);
    const second = await manager.sessions('s', { limit: 5, cursor: first.nextCursor ?? '' }, ann);
    assert.deepEqual([second.sessions.map(({ id }) => id), second.nextCursor], [['c'], null]);
  });

  it('reads past expired and damaged turns to those that are there', async () => {
    const { manager, paths } = open();
    const later = { ...ann, now: ann.now + 10_000 };
    const passing = Array.from({ length: 100 }, (_, n) => ({ ...turn('passes', at(10 + n)), ttlSeconds: 1 }));
    await manager.append('s', { session: 'c', messages: [turn('stays', at(1))] }, ann);
    await paths.memory('damaged').set({
      text: 7,
      kind: 'message',
      sessionId: 'c',
      occurredAt: toTimestamp(at(0)),
      seq: 1,
    });
    await manager.append('s', { session: 'c', messages: passing }, ann);
    const { sessions } = await manager.sessions('s', {}, later);
    assert.deepEqual(
      sessions.map(({ id, firstAt, lastAt, preview }) => [id, firstAt, lastAt, preview]),
      [['c', at(1), at(1), 'stays']],
    );
  });
});
