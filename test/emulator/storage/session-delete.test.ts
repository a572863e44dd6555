/** The deletion of a session that takes several transactions, fails between them, or meets other writers. */
import assert from 'node:assert/strict';
import { LIMITS, SESSIONS } from '../../../functions/src/config.ts';
import { createMemory } from '../../../functions/src/core/memory.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { encodeMemory } from '../../../functions/src/storage/memory-codec.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink, unanswered } from '../../support/faulty-link.ts';
import { callBy, freshId, openManager, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const PERMISSION_DENIED = 7;
const INTERNAL = 13;

/** One vector for every text: what is tested here is not search, and hundreds of turns are to be made. */
const QUICK: Embedder = {
  id: 'quick',
  dimensions: 384,
  embed: async (texts) => texts.map(() => [1, ...new Array<number>(383).fill(0)]),
};

function openQuick(databaseId?: string) {
  const tenantId = freshId('tenant');
  const config = { database: testDatabase(databaseId), tenantId, cursorSecret: 's'.repeat(43) };
  const manager = new FirestoreMemoryManager({ ...config, embedder: QUICK, log: SILENT });
  return { manager, paths: spaceOf(tenantId, 's', databaseId), tenantId };
}

async function fill(manager: FirestoreMemoryManager, turns: number): Promise<void> {
  for (let n = 0; n < turns; n += LIMITS.MAX_BATCH) {
    const size = Math.min(LIMITS.MAX_BATCH, turns - n);
    const messages = Array.from({ length: size }, (_, place) => ({
      role: 'user' as const,
      text: `turn ${n + place}`,
    }));
    await manager.append('s', { session: 'c', messages }, callBy('ann'));
  }
}

/** How much of the session is stored. */
async function left(paths: SpacePaths): Promise<{ turns: number; markers: number; entries: number }> {
  const [turns, markers, entries] = await Promise.all([
    paths.memories.where('sessionId', '==', 'c').count().get(),
    paths.sessions.count().get(),
    paths.index.count().get(),
  ]);
  return { turns: turns.data().count, markers: markers.data().count, entries: entries.data().count };
}

const NOTHING = { turns: 0, markers: 0, entries: 0 };

describe('the deletion of a long session', () => {
  const databaseId = 'session-delete';
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(databaseId);
  });
  after(() => link.close());

  it('goes on until no turn is left, and takes the marker with the last one', async () => {
    const { manager, paths } = openQuick();
    await fill(manager, 120);
    assert.deepEqual(await left(paths), { turns: 120, markers: 1, entries: 120 });
    assert.deepEqual(await manager.deleteSession('s', { session: 'c' }, callBy('ann')), { deleted: 120 });
    assert.deepEqual(await left(paths), NOTHING);
    assert.deepEqual((await paths.stats.get()).docs.map((shard) => shard.get('count')).filter(Boolean), []);
  });

  it('that fails in between has deleted some; with its key it goes on and answers for both attempts', async () => {
    const { manager, paths } = openQuick(databaseId);
    await fill(manager, 120);
    const request = { session: 'c', key: 'k' };
    link.failNext(null, { when: 'before', status: PERMISSION_DENIED });
    const failed = manager.deleteSession('s', request, callBy('ann'));
    await assert.rejects(failed, failsWith('internal', 'service-account-denied'));
    assert.deepEqual(await left(paths), { turns: 70, markers: 1, entries: 70 });
    const { sessions } = await manager.sessions('s', {}, callBy('ann'));
    assert.equal(sessions[0]?.count, 70);
    const reused = manager.deleteSession('s', { ...request, session: 'd' }, callBy('ann'));
    await assert.rejects(reused, failsWith('failed-precondition', 'key-reused'));
    assert.deepEqual(await manager.deleteSession('s', request, callBy('ann')), { deleted: 120 });
    assert.deepEqual(await left(paths), NOTHING);
    const again = await manager.deleteSession('s', request, callBy('ann'));
    assert.deepEqual(again, { deleted: 120, replayed: true });
  });

  it('whose answer is lost in between counts no turn twice', async () => {
    const { manager, paths } = openQuick(databaseId);
    await fill(manager, 60);
    link.failNext({ when: 'after', status: PERMISSION_DENIED });
    const request = { session: 'c', key: 'k' };
    await assert.rejects(manager.deleteSession('s', request, callBy('ann')));
    assert.equal((await left(paths)).turns, 10);
    assert.deepEqual(await manager.deleteSession('s', request, callBy('ann')), { deleted: 60 });
  });

  it('goes on, and counts each turn once, when the answer to any of its commits is lost to the SDK', async () => {
    for (const lost of [0, 1, 2]) {
      for (const keyed of [{ key: 'k' }, {}]) {
        const { manager, paths } = openQuick(databaseId);
        await fill(manager, 120);
        link.failNext(...new Array<null>(lost).fill(null), { when: 'after', status: INTERNAL });
        const call = callBy('ann', { deadline: Date.now() + 20_000 });
        const { replayed: _, ...answer } = await manager.deleteSession('s', { session: 'c', ...keyed }, call);
        assert.deepEqual(answer, { deleted: 120 }, `lost ${lost}`);
        assert.deepEqual(await left(paths), NOTHING);
      }
    }
  });

  it('counts each turn once when any of its commits is never answered and who gave up repeats it', async () => {
    for (const place of [0, 1, 2]) {
      const { manager, paths } = openQuick(databaseId);
      link.failNext();
      await fill(manager, 120);
      const request = { session: 'c', key: 'k' };
      const { fault, signal } = unanswered();
      link.failNext(...new Array<null>(place).fill(null), fault);
      const first = manager.deleteSession('s', request, callBy('ann', { signal }));
      await assert.rejects(first, failsWith('cancelled', 'cancelled'), `commit ${place}`);
      link.failNext();
      const { replayed, ...answer } = await manager.deleteSession('s', request, callBy('ann'));
      assert.deepEqual([answer, replayed ?? false], [{ deleted: 120 }, place === 2], `commit ${place}`);
      const again = await manager.deleteSession('s', request, callBy('ann'));
      assert.deepEqual(again, { deleted: 120, replayed: true });
      assert.deepEqual(await left(paths), NOTHING);
      assert.equal((await paths.space.collection('receipts').get()).size, 1);
    }
  });

  it('without a key, of which a commit is never answered, has deleted whole chunks, and its repetition the rest', async () => {
    const { manager, paths } = openQuick(databaseId);
    link.failNext();
    await fill(manager, 120);
    const { fault, signal } = unanswered();
    link.failNext(fault);
    const first = manager.deleteSession('s', { session: 'c' }, callBy('ann', { signal }));
    await assert.rejects(first, failsWith('cancelled', 'cancelled'));
    assert.deepEqual(await left(paths), { turns: 70, markers: 1, entries: 70 });
    assert.deepEqual(await manager.deleteSession('s', { session: 'c' }, callBy('ann')), { deleted: 70 });
    assert.deepEqual(await left(paths), NOTHING);
  });

  it('ends at its deadline, does nothing any more, and goes on when it is repeated', async () => {
    const { manager, paths } = openQuick(databaseId);
    await fill(manager, 120);
    const held = Promise.withResolvers<void>();
    link.failNext(null, { when: 'before', status: PERMISSION_DENIED, meanwhile: () => held.promise });
    const request = { session: 'c', key: 'k' };
    const late = manager.deleteSession('s', request, callBy('ann', { deadline: Date.now() + 2_500 }));
    await assert.rejects(late, failsWith('deadline-exceeded', 'deadline'));
    held.resolve();
    link.failNext();
    assert.ok((await left(paths)).turns >= 70);
    assert.deepEqual(await manager.deleteSession('s', request, callBy('ann')), { deleted: 120 });
    assert.deepEqual(await left(paths), NOTHING);
  });

  it('that two callers make at once with one key answers both the same', async () => {
    const { manager, paths } = openQuick();
    await fill(manager, 120);
    const calls = [1, 2].map(() => manager.deleteSession('s', { session: 'c', key: 'k' }, callBy('ann')));
    const answers = await Promise.all(calls);
    assert.deepEqual(
      answers.map(({ deleted }) => deleted),
      [120, 120],
    );
    assert.deepEqual(await left(paths), NOTHING);
  });

  it('fits into its commits where every turn is as large as it may be', async () => {
    const { manager, paths } = openQuick();
    const size = LIMITS.MAX_TEXT_BYTES;
    const metadata = { filler: 'x'.repeat(LIMITS.MAX_METADATA_BYTES - 20) };
    const birth = { actor: 'ann', now: Date.now(), tenant: paths.tenantId, space: 's', version: 1, place: 0 };
    for (let n = 0; n < SESSIONS.DELETE_CHUNK; n += 1) {
      const input = { text: 'y'.repeat(size), kind: 'message', sessionId: 'c', metadata };
      await paths.memory(`m${n}`).set(encodeMemory(createMemory(input, { ...birth, id: `m${n}` })));
    }
    const answer = await manager.deleteSession('s', { session: 'c' }, callBy('ann'));
    assert.deepEqual(answer, { deleted: SESSIONS.DELETE_CHUNK });
    assert.equal((await left(paths)).turns, 0);
  });
});

describe('the deletion of a session while others append to it', () => {
  it('leaves each turn deleted, or there and listed', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    const append = (text: string) =>
      manager.append('s', { session: 'c', messages: [{ role: 'user', text }] }, callBy('ann'));
    await append('first');
    const appends = Array.from({ length: 6 }, (_, n) => append(`turn ${n}`));
    const deletions = ['ben', 'cem'].map((uid) => manager.deleteSession('s', { session: 'c' }, callBy(uid)));
    const [, deleted] = await Promise.all([Promise.all(appends), Promise.all(deletions)]);
    const { messages } = await manager.turns('s', { session: 'c' }, callBy('ann'));
    const gone = deleted.reduce((sum, answer) => sum + answer.deleted, 0);
    assert.equal(messages.length + gone, 7);
    const { sessions } = await manager.sessions('s', {}, callBy('ann'));
    assert.equal(sessions[0]?.count ?? 0, messages.length);
    assert.deepEqual(await differences(paths), []);
  });
});
