import assert from 'node:assert/strict';
import { VERIFY } from '../../../functions/src/config.ts';
import { NO_EMBEDDER } from '../../../functions/src/core/index-plan.ts';
import { statsShard } from '../../../functions/src/core/stats.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FieldValue, Timestamp } from '../../../functions/src/storage/database.ts';
import { derivedHealth } from '../../../functions/src/storage/derived-health.ts';
import { operationsPaths, type SpacePaths } from '../../../functions/src/storage/paths.ts';
import type { SampleBounds } from '../../../functions/src/storage/sample-run.ts';
import {
  noteLag,
  readVerification,
  recordVerification,
} from '../../../functions/src/storage/verification.ts';
import { verifySample } from '../../../functions/src/storage/verify-sample.ts';
import { differences } from '../../support/differences.ts';
import { callBy, freshId, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

/** A database of its own, as the sample goes over a whole one, with two tenants of two spaces of four memories. */
async function openWhole() {
  const databaseId = freshId('sample').slice(0, 20);
  const database = testDatabase(databaseId);
  const spaces = [];
  for (const _ of [1, 2]) {
    const { manager, tenantId } = openManager(undefined, databaseId);
    for (const space of ['s', 't']) {
      const memories = [1, 2, 3, 4].map((n) => ({ id: `m${n}`, text: `memory ${n} of ${space}` }));
      await manager.add(space, { memories }, callBy('ann'));
      spaces.push(spaceOf(tenantId, space, databaseId));
    }
  }
  const sample = (most?: number, bounds: SampleBounds = {}) =>
    verifySample(database, embedder, { ...(most !== undefined && { most }), ...bounds });
  const health = (now = Date.now()) => derivedHealth(database, callBy('ann', { now }));
  const [first, ...others] = spaces;
  assert.ok(first !== undefined);
  const miscount = (paths: SpacePaths) =>
    paths.stats.doc(statsShard('m1')).update({ count: FieldValue.increment(3) });
  return { databaseId, database, spaces: [first, ...others] as const, sample, health, miscount };
}

describe('the rotating sample', () => {
  it('comes by every memory, entry and counter once a round, mends what differs, and begins again', async () => {
    const { spaces, sample } = await openWhole();
    for (const paths of spaces) {
      await paths.entry('m2').delete();
      await paths.entry('stranger').set({ version: 1 });
    }
    const over = { memories: false, index: false, stats: false };
    let looked = 0;
    let mended = 0;
    for (let runs = 0; runs < 10 && !Object.values(over).every(Boolean); runs += 1) {
      const run = await sample(5, { spaces: 2 });
      assert.ok(run.memories <= 5 + run.entries && run.entries <= 5, JSON.stringify(run));
      if (!over.memories) looked += run.memories;
      mended += run.mended;
      over.memories ||= run.cursors.memories === null;
      over.index ||= run.cursors.index === null;
      over.stats ||= run.cursors.stats === null;
    }
    // Of each space an entry was missing, one a stranger's, and a counter wrong.
    assert.deepEqual([over, looked, mended], [{ memories: true, index: true, stats: true }, 16, 12]);
    for (const paths of spaces) assert.deepEqual(await differences(paths), []);
    const again = await sample();
    assert.deepEqual([again.mended, again.differences, again.cursors.index], [0, {}, null]);
  });

  it('leaves alone what other applications store, and spaces that are being deleted', async () => {
    const { database, spaces, sample } = await openWhole();
    const [paths, closed] = [spaces[0], spaces[1]!];
    const other = database.doc('shops/one/memories/m');
    await other.set({ text: 'not a memory' });
    await database.doc('shops/one/index/m').set({ page: 1 });
    await database.doc('shops/one/stats/0').set({ count: 'many' });
    await closed.space.set({ kind: 'deleting', was: 'personal', jobId: 'j' });
    for (const { entry } of [paths, closed]) await entry('m1').delete();
    const { memories, mended, failed } = await sample();
    assert.deepEqual([memories, mended, failed], [12, 2, 0]);
    assert.equal((await closed.index.get()).size, 3);
    assert.equal((await other.get()).get('version'), undefined);
    assert.equal((await database.doc('shops/one/index/m').get()).exists, true);
    assert.equal((await database.doc('shops/one/stats/0').get()).get('count'), 'many');
  });

  it('begins nothing after its time, and is told to go on at the same place', async () => {
    const { database, sample, health } = await openWhole();
    const { cursors, isWhole } = await sample(5, { spaces: 2 });
    assert.equal(isWhole, true);
    const run = await verifySample(database, embedder, { deadline: Date.now() - 1 });
    assert.deepEqual([run.memories, run.entries, run.cursors], [0, 0, cursors]);
    assert.equal(run.isWhole, false);
    assert.equal((await health()).status, 'degraded', 'it could not look at all that it was to');
    await sample();
    assert.equal((await health()).status, 'healthy');
  });

  it('counts all spaces in turn, however many there are, and whatever it comes through besides', async () => {
    const { spaces, sample, miscount } = await openWhole();
    await Promise.all(spaces.map(miscount));
    // The memories and entries that each run looks at are those of the first space.
    const counted: number[] = [];
    for (const _ of spaces) counted.push((await sample(0, { spaces: 1 })).mended);
    assert.deepEqual(counted, [1, 1, 1, 1]);
    for (const paths of spaces) assert.deepEqual(await differences(paths), []);
    assert.equal((await sample(0, { spaces: 1 })).cursors.stats, null);
    await miscount(spaces[0]);
    assert.equal((await sample(0, { spaces: spaces.length })).mended, 1);
  });

  it('counts a space that has counters and nothing else, and one that has lost them', async () => {
    const { spaces, sample } = await openWhole();
    const [empty, lost] = [spaces[0], spaces[1]!];
    for (const { ref } of [...(await empty.memories.get()).docs, ...(await empty.index.get()).docs])
      await ref.delete();
    for (const { ref } of (await lost.stats.get()).docs) await ref.delete();
    await sample();
    for (const paths of spaces) assert.deepEqual(await differences(paths), []);
  });

  it('counts a large space in fewer of its turns, so that they cost no more than those of others', async () => {
    const { spaces, sample, miscount } = await openWhole();
    await miscount(spaces[0]);
    const large = { entries: 2 };
    const often = { ...large, random: () => 0.49 };
    const seldom = { ...large, random: () => 0.51 };
    assert.equal((await sample(0, seldom)).mended, 0);
    assert.equal((await sample(0, often)).mended, 1);
  });

  it('goes on with other spaces where one cannot be worked on, and says so', async () => {
    const { database, spaces } = await openWhole();
    for (const paths of spaces) await paths.entry('m1').delete();
    let calls = 0;
    const failing: typeof embedder = {
      get id() {
        calls += 1;
        if (calls === 1) throw new Error('a fault that a test injected');
        return embedder.id;
      },
      dimensions: embedder.dimensions,
      embed: embedder.embed,
    };
    const run = await verifySample(database, failing);
    assert.deepEqual([run.failed, run.differences['missing-entry']], [1, 3]);
    assert.equal((await derivedHealth(database, callBy('ann'))).status, 'degraded');
  });

  it('tells what could not be embedded as unmended, and begins with it the next time', async () => {
    const { database, spaces } = await openWhole();
    await spaces[0].entry('m1').delete();
    const down: typeof embedder = {
      id: embedder.id,
      dimensions: embedder.dimensions,
      embed: () => Promise.reject(new Error('a fault that a test injected')),
    };
    const first = await verifySample(database, down);
    assert.deepEqual([first.differences['missing-entry'], first.mended], [1, 1]);
    assert.equal((await derivedHealth(database, callBy('ann'))).status, 'degraded');
    assert.equal((await spaces[0].entry('m1').get()).get('embedder'), NO_EMBEDDER);
    await verifySample(database, embedder, { most: 1, spaces: 0 });
    assert.equal((await spaces[0].entry('m1').get()).get('embedder'), embedder.id);
  });
});

describe('the health of what is derived', () => {
  it('is good before the first verification, and tells of the last one from then on', async () => {
    const { spaces, sample, health } = await openWhole();
    assert.deepEqual(await health(), { status: 'healthy', lastVerification: null, eventLag: null });
    await spaces[0].entry('m1').delete();
    await sample();
    const { status, lastVerification } = await health();
    assert.equal(status, 'healthy');
    const { lagMs, at, ...found } = lastVerification!;
    // Fifteen entries, as one was missing.
    assert.deepEqual(found, {
      looked: 32,
      differences: { 'missing-entry': 1, 'wrong-counters': 1 },
      mended: 2,
      deadLetters: 0,
    });
    assert.ok(lagMs > 0 && Date.parse(at) <= Date.now());
  });

  it('is degraded while something is left unmended', async () => {
    const { spaces, sample, health } = await openWhole();
    await spaces[0].memory('m1').update({ text: 7 });
    await sample();
    const { status, lastVerification } = await health();
    assert.deepEqual([status, lastVerification?.differences['damaged-memory']], ['degraded', 1]);
    await spaces[0].memory('m1').update({ text: 'mended by hand' });
    await sample();
    assert.equal((await health()).status, 'healthy');
  });

  it('is degraded while an event was given up and its memory is not in order', async () => {
    const { spaces, sample, health } = await openWhole();
    const letter = spaces[0].deadLetter('m1');
    await letter.set({ dead: true, code: 'data-loss' });
    await sample();
    const { status, lastVerification } = await health();
    assert.deepEqual([status, lastVerification?.deadLetters], ['degraded', 1]);
    await letter.delete();
    await sample();
    assert.equal((await health()).status, 'healthy');
  });

  it('is degraded when the last verification is too long ago', async () => {
    const { database, sample, health } = await openWhole();
    await sample();
    const { at } = (await readVerification(database))!;
    assert.equal((await health(at + VERIFY.STALE_MS)).status, 'healthy');
    assert.equal((await health(at + VERIFY.STALE_MS + 1)).status, 'degraded');
  });

  it('tells for how long an event has been owed, also that of a deletion, and of nothing else', async () => {
    const { database, spaces, sample } = await openWhole();
    const lag = async () => (await sample()).lagMs;
    assert.equal(await lag(), 0);
    // Those of another embedder, as after a change of it: no event was lost.
    const other: typeof embedder = { id: 'other', dimensions: 384, embed: embedder.embed };
    const changed = await verifySample(database, other);
    assert.deepEqual([changed.differences, changed.lagMs], [{ 'stale-entry': 16 }, 0]);
    await sample();
    await spaces[0].entry('m1').update({ terms: ['other'] });
    const { differences: found, lagMs } = await sample();
    assert.deepEqual([found, lagMs], [{ 'damaged-entry': 1 }, 0]);
    await spaces[0].memory('m1').delete();
    assert.ok((await lag()) > 0, 'of a deletion');
    await spaces[0].memory('m2').update({ text: 'changed by hand' });
    assert.ok((await lag()) > 0, 'of a change');
    await spaces[0].memory('by-hand').set({ text: 'written by hand' });
    assert.ok((await lag()) > 0, 'of a creation');
    assert.equal(await lag(), 0);
  });

  it('is degraded where an event was owed for longer than any is delivered, or handled late', async () => {
    const { database, sample, health } = await openWhole();
    const last = await sample();
    const { VERIFICATION_LAG_MS: most, EVENT_LAG_MS: late } = VERIFY;
    await recordVerification(database, { ...last, lagMs: most });
    assert.equal((await health()).status, 'healthy');
    await recordVerification(database, { ...last, lagMs: most + 1 });
    assert.equal((await health()).status, 'degraded');
    await recordVerification(database, last);
    const now = Date.now();
    await noteLag(database, late, now);
    assert.equal((await health(now)).status, 'healthy');
    await noteLag(database, late + 1, now + VERIFY.LAG_MS);
    assert.equal((await health(now + VERIFY.LAG_MS)).status, 'degraded');
    assert.equal((await health(now + VERIFY.LAG_MS + VERIFY.LAG_KEPT_MS + 1)).status, 'healthy');
  });

  it('tells the longest lag of events of a minute, a long one at once, and else writes once a minute', async () => {
    const { database, health } = await openWhole();
    const now = Date.now();
    const iso = (ms: number) => new Date(ms).toISOString();
    await noteLag(database, 3_000, now);
    assert.deepEqual((await health()).eventLag, { at: iso(now), lagMs: 3_000 });
    await noteLag(database, 5_000, now + 1_000);
    await noteLag(database, 200, now + VERIFY.LAG_MS - 2);
    assert.deepEqual((await health()).eventLag, { at: iso(now), lagMs: 3_000 });
    await noteLag(database, 7_000, now + VERIFY.LAG_MS - 1);
    assert.deepEqual((await health()).eventLag, { at: iso(now + VERIFY.LAG_MS - 1), lagMs: 7_000 });
  });

  it('does not forget a long lag for a shorter one of another instance, until it is old', async () => {
    const { database, health } = await openWhole();
    const now = Date.now();
    const iso = (ms: number) => new Date(ms).toISOString();
    const at = Timestamp.fromMillis(now);
    await operationsPaths(database).lag.set({ at, lagMs: 90_000 });
    await noteLag(database, 300, now + 1);
    assert.deepEqual((await health()).eventLag, { at: iso(now), lagMs: 90_000 });
    const later = now + VERIFY.LAG_KEPT_MS + 1;
    await noteLag(database, 200, later);
    assert.deepEqual((await health()).eventLag, { at: iso(later), lagMs: 200 });
  });

  it('takes a record that cannot be read for none', async () => {
    const { database, health } = await openWhole();
    await operationsPaths(database).verification.set({ at: Timestamp.now() });
    assert.equal((await health()).lastVerification, null);
  });
});
