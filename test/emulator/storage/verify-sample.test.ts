import assert from 'node:assert/strict';
import { VERIFY } from '../../../functions/src/config.ts';
import { NO_EMBEDDER } from '../../../functions/src/core/index-plan.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import { derivedHealth } from '../../../functions/src/storage/derived-health.ts';
import { operationsPaths } from '../../../functions/src/storage/paths.ts';
import { noteLag, readVerification } from '../../../functions/src/storage/verification.ts';
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
  const sample = (most?: number) => verifySample(database, embedder, most === undefined ? {} : { most });
  const health = (now = Date.now()) => derivedHealth(database, callBy('ann', { now }));
  const [first, ...others] = spaces;
  assert.ok(first !== undefined);
  return { databaseId, database, spaces: [first, ...others] as const, sample, health };
}

describe('the rotating sample', () => {
  it('comes by every memory, entry and counter once a round, mends what differs, and begins again', async () => {
    const { spaces, sample } = await openWhole();
    for (const paths of spaces) {
      await paths.entry('m2').delete();
      await paths.entry('stranger').set({ version: 1 });
    }
    const over = { memories: false, index: false };
    let looked = 0;
    let mended = 0;
    for (let runs = 0; runs < 10 && !(over.memories && over.index); runs += 1) {
      const run = await sample(5);
      assert.ok(run.memories <= 5 + run.entries && run.entries <= 5, JSON.stringify(run));
      if (!over.memories) looked += run.memories;
      mended += run.mended;
      over.memories ||= run.cursors.memories === null;
      over.index ||= run.cursors.index === null;
    }
    // Of each space an entry was missing, one a stranger's, and a counter wrong.
    assert.deepEqual([over, looked, mended], [{ memories: true, index: true }, 16, 12]);
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
    await closed.space.set({ kind: 'deleting', was: 'personal', jobId: 'j' });
    for (const { entry } of [paths, closed]) await entry('m1').delete();
    const { memories, mended, failed } = await sample();
    assert.deepEqual([memories, mended, failed], [12, 2, 0]);
    assert.equal((await closed.index.get()).size, 3);
    assert.equal((await other.get()).get('version'), undefined);
    assert.equal((await database.doc('shops/one/index/m').get()).exists, true);
  });

  it('begins nothing after its time, and is told to go on at the same place', async () => {
    const { database, sample } = await openWhole();
    const { cursors } = await sample(5);
    const run = await verifySample(database, embedder, { deadline: Date.now() - 1 });
    assert.deepEqual([run.memories, run.entries, run.cursors], [0, 0, cursors]);
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

  it('tells the longest lag of events of a minute, and writes it once a minute', async () => {
    const { database, health } = await openWhole();
    const now = Date.now();
    const iso = (ms: number) => new Date(ms).toISOString();
    await noteLag(database, 300, now);
    assert.deepEqual((await health()).eventLag, { at: iso(now), lagMs: 300 });
    await noteLag(database, 900, now + 1_000);
    await noteLag(database, 200, now + VERIFY.LAG_MS - 1);
    assert.deepEqual((await health()).eventLag, { at: iso(now), lagMs: 300 });
    await noteLag(database, 100, now + VERIFY.LAG_MS);
    assert.deepEqual((await health()).eventLag, { at: iso(now + VERIFY.LAG_MS), lagMs: 900 });
  });

  it('takes a record that cannot be read for none', async () => {
    const { database, health } = await openWhole();
    await operationsPaths(database).verification.set({ at: Timestamp.now() });
    assert.equal((await health()).lastVerification, null);
  });
});
