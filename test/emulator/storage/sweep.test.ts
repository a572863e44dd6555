import assert from 'node:assert/strict';
import { contentHash } from '../../../functions/src/core/dedupe.ts';
import { deletePlainly } from '../../../functions/src/storage/delete-plainly.ts';
import { forgetMemory } from '../../../functions/src/storage/forget-memory.ts';
import { toTimestamp } from '../../../functions/src/storage/memory-codec.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import {
  callBy,
  openAgentData,
  openManager,
  spaceOf,
  storedTotals,
  testDatabase,
} from '../../support/storage.ts';
import {
  annLater,
  FORTY_DAYS,
  HALF_AN_HOUR,
  openSweptDatabase,
  type SweptDatabase,
} from '../../support/swept-database.ts';

const ann = callBy('ann');
const PAST = toTimestamp('2020-01-01T00:00:00.000Z');

/** Adds a memory that expires in a minute, in its version `versions`. */
async function addBrief({ manager }: SweptDatabase, id: string, versions = 1): Promise<void> {
  await manager.add('space', { memories: [{ id, text: `brief ${id}`, tags: ['t'], ttlSeconds: 60 }] }, ann);
  for (let version = 2; version <= versions; version += 1) {
    await manager.update('space', { id, changes: { importance: 1 / version } }, ann);
  }
}

describe('the sweeper', () => {
  let opened: SweptDatabase;
  beforeEach(() => {
    opened = openSweptDatabase();
  });

  it('removes an expired memory, its revisions, its entry, its counts and its claim', async () => {
    await addBrief(opened, 'm', 3);
    assert.equal((await opened.documents()).length, 5);
    const { memories } = await opened.sweep(HALF_AN_HOUR);
    assert.deepEqual(memories, { found: 1, removed: 1, kept: 0, failed: 0, complete: true });
    assert.deepEqual(await opened.documents(), []);
    assert.deepEqual(await storedTotals(opened.paths), { count: 0, bytes: 0, byKind: {}, byTag: {} });
  });

  it('leaves alone what has not expired, and counts each tenant and space for itself', async () => {
    const other = openManager('acmeb', opened.id);
    await addBrief(opened, 'brief');
    await opened.manager.add(
      'space',
      {
        memories: [
          { id: 'never', text: 'never', tags: ['t'] },
          { id: 'later', text: 'later', ttlSeconds: 7_200 },
        ],
      },
      ann,
    );
    for (const space of ['space', 'brief']) {
      await other.manager.add(space, { memories: [{ id: 'brief', text: 'brief', ttlSeconds: 7_200 }] }, ann);
      await other.manager.add(space, { memories: [{ id: 'gone', text: 'gone', ttlSeconds: 60 }] }, ann);
    }
    const { memories } = await opened.sweep(HALF_AN_HOUR);
    assert.equal(memories?.removed, 3);
    assert.deepEqual(
      (await opened.documents()).filter((path) => path.includes('/memories/')),
      [
        'tenants/acme/spaces/space/memories/later',
        'tenants/acme/spaces/space/memories/never',
        'tenants/acmeb/spaces/brief/memories/brief',
        'tenants/acmeb/spaces/space/memories/brief',
      ],
    );
    assert.deepEqual((await storedTotals(opened.paths)).byTag, { t: 1 });
    for (const paths of [
      opened.paths,
      spaceOf('acmeb', 'space', opened.id),
      spaceOf('acmeb', 'brief', opened.id),
    ]) {
      assert.deepEqual(await differences(paths), []);
    }
  });

  it('does what fits into a run, and the next runs go on', async () => {
    for (const id of ['a', 'b', 'c']) await addBrief(opened, id);
    const runs: unknown[] = [];
    for (let run = 0; run < 3; run += 1) {
      const { memories, index } = await opened.sweep(HALF_AN_HOUR, { maxDocuments: 1 });
      runs.push([memories?.removed, index?.removed, memories?.complete]);
      assert.deepEqual(await differences(opened.paths), []);
    }
    // An entry leads to its memory too.
    assert.deepEqual(runs, [
      [1, 1, false],
      [1, 0, false],
      [0, 0, true],
    ]);
    assert.deepEqual(await opened.documents(), []);
  });

  it('gets past what it cannot remove, however much of that there is', async () => {
    await addBrief(opened, 'm');
    const database = testDatabase(opened.id);
    for (const id of ['a', 'b', 'c']) await database.doc(`memories/${id}`).set({ expiresAt: PAST });
    const { memories } = await opened.sweep(HALF_AN_HOUR, { maxDocuments: 1 });
    assert.deepEqual(memories, { found: 4, removed: 1, kept: 3, failed: 0, complete: false });
  });

  it('begins nothing once its time is over or it is aborted', async () => {
    await addBrief(opened, 'm');
    const before = await opened.documents();
    for (const request of [{ deadline: Date.now() }, { signal: AbortSignal.abort() }]) {
      const report = await opened.sweep(HALF_AN_HOUR, request);
      assert.deepEqual(report.memories, { found: 0, removed: 0, kept: 0, failed: 0, complete: false });
    }
    assert.deepEqual(await opened.documents(), before);
    await opened.sweep(HALF_AN_HOUR, {
      deadline: Date.now() + 60_000,
      signal: new AbortController().signal,
    });
    assert.deepEqual(await opened.documents(), []);
  });

  it('never takes a memory whose id was given again, however the two meet', async () => {
    for (let round = 0; round < 6; round += 1) {
      const id = `m${round}`;
      await addBrief(opened, id, 2);
      const again = { memories: [{ id, text: `again ${id}`, tags: ['new'] }] };
      const add = () => opened.manager.add('space', again, annLater(HALF_AN_HOUR));
      const sweep = () => opened.sweep(HALF_AN_HOUR);
      await Promise.all(round % 2 === 0 ? [add(), sweep()] : [sweep(), add()]);
      await opened.sweep(HALF_AN_HOUR);
      const memory = await opened.manager.get('space', id, annLater(HALF_AN_HOUR));
      assert.equal(memory.text, `again ${id}`);
      assert.deepEqual(await differences(opened.paths), []);
    }
    assert.deepEqual((await storedTotals(opened.paths)).byTag, { new: 6 });
  });

  it('removes the earlier life of an id that was used again, and nothing of the new one', async () => {
    const { manager, paths } = opened;
    await addBrief(opened, 'm', 3);
    await addBrief(opened, 'once');
    for (const id of ['m', 'once']) {
      await manager.add('space', { memories: [{ id, text: `again ${id}` }] }, annLater(HALF_AN_HOUR));
    }
    await manager.update('space', { id: 'm', changes: { importance: 1 } }, annLater(HALF_AN_HOUR));
    const { revisions } = await opened.sweep(HALF_AN_HOUR, { revisions: 2 });
    assert.deepEqual(revisions, { found: 1, removed: 1, kept: 0, failed: 0, complete: true });
    const left = (await paths.everyRevision().get()).docs.map(({ ref }) => ref.path.split('/').slice(-3));
    assert.deepEqual(left, [['m', 'revisions', '4']]);
    const history = await manager.history('space', { id: 'm' }, annLater(HALF_AN_HOUR));
    assert.deepEqual(
      history.revisions.map(({ version }) => version),
      [5, 4],
    );
    assert.deepEqual(await differences(paths), []);
  });

  it('may run twice at once', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await addBrief(opened, id, 2);
    const reports = await Promise.all([
      opened.sweep(HALF_AN_HOUR),
      opened.sweep(HALF_AN_HOUR),
      opened.sweep(FORTY_DAYS),
    ]);
    assert.deepEqual(
      reports.map(({ memories }) => memories?.failed),
      [0, 0, 0],
    );
    // Where they stood in each other's way, the next one ends it.
    await opened.sweep(FORTY_DAYS);
    assert.deepEqual(await opened.documents(), []);
    assert.equal((await storedTotals(opened.paths)).count, 0);
  });

  it('may stop between the revisions and the memory, and the next run ends it', async () => {
    await addBrief(opened, 'm', 6);
    const bounds = { now: Date.now() + HALF_AN_HOUR, isStopped: () => true, revisions: 2 };
    const address = { tenantId: 'acme', spaceId: 'space', memoryId: 'm' };
    assert.equal(await forgetMemory(testDatabase(opened.id), address, bounds), 'kept');
    assert.equal((await opened.paths.revisions('m').get()).size, 3);
    assert.equal((await opened.paths.memory('m').get()).exists, true);
    assert.deepEqual(await differences(opened.paths), []);
    await opened.sweep(HALF_AN_HOUR, { revisions: 2 });
    assert.deepEqual(await opened.documents(), []);
  });

  it('removes damaged documents, and what it cannot remove stops nothing else', async () => {
    const { paths } = opened;
    await paths.memory('damaged').set({ text: 42, expiresAt: PAST });
    await paths.record('damaged').set({ expiresAt: PAST });
    await addBrief(opened, 'hopeless');
    // Firestore takes no counter of this name, so that this transaction fails each time.
    await paths.entry('hopeless').update({ 'counted.kind': '__reserved__' });
    await addBrief(opened, 'sound');
    await paths.entry('sound').update({ terms: 'not a list' });
    const report = await opened.sweep(HALF_AN_HOUR);
    assert.deepEqual(report.memories, { found: 3, removed: 2, kept: 0, failed: 1, complete: true });
    assert.equal(report.agentData?.removed, 1);
    const left = (await opened.documents()).filter((path) => !path.includes('/claims/'));
    assert.deepEqual(left, [
      'tenants/acme/spaces/space/index/hopeless',
      'tenants/acme/spaces/space/memories/hopeless',
    ]);
  });

  it('leaves alone what lies elsewhere under the same names', async () => {
    const database = testDatabase(opened.id);
    const elsewhere = [
      'memories/m',
      'apps/a/memories/m',
      'apps/a/tenants/t/spaces/s/memories/m',
      'tenants/t/memories/m',
      'tenants/t/spaces/s/memories/not.an.id',
      'tenants/t.t/spaces/s/memories/m',
      'tenants/t/spaces/s/memories/m/memories/m',
      'tenants/t/spaces/s/revisions/1',
      'tenants/t/receipts/r',
    ];
    for (const path of elsewhere) await database.doc(path).set({ expiresAt: PAST, version: 1 });
    const { memories, receipts, revisions } = await opened.sweep(0);
    assert.deepEqual([memories?.kept, receipts?.kept, revisions?.kept], [7, 1, 1]);
    assert.deepEqual(await opened.documents(), elsewhere.sort());
  });

  it('removes expired records and receipts', async () => {
    const agentData = openAgentData('acme', opened.id);
    const record = { agentId: 'a', type: 't', content: 'x' };
    await agentData.add('space', { ...record, ttlSeconds: 60, key: 'k' }, ann);
    const { id } = await agentData.add('space', record, ann);
    await opened.manager.add('space', { memories: [{ id: 'm', text: 'kept' }], key: 'l' }, ann);
    const half = await opened.sweep(HALF_AN_HOUR);
    assert.deepEqual([half.agentData?.removed, half.receipts?.found], [1, 0]);
    const later = await opened.sweep(FORTY_DAYS);
    assert.equal(later.receipts?.removed, 2);
    const claim = opened.paths.claim(contentHash({ text: 'kept', kind: 'fact' }));
    const kept = [opened.paths.record(id), claim, opened.paths.entry('m'), opened.paths.memory('m')];
    assert.deepEqual(
      await opened.documents(),
      kept.map(({ path }) => path),
    );
  });

  it('keeps a document that was changed after it was found to have expired', async () => {
    const { paths } = opened;
    for (const id of ['changed', 'gone', 'same']) await paths.record(id).set({ expiresAt: PAST });
    const { docs } = await paths.agentData.get();
    await paths.record('changed').update({ expiresAt: null });
    await paths.record('gone').delete();
    const outcomes = await deletePlainly(testDatabase(opened.id), docs, () => 'failed');
    assert.deepEqual(outcomes, ['kept', 'kept', 'removed']);
    assert.deepEqual(
      (await paths.agentData.get()).docs.map(({ id }) => id),
      ['changed'],
    );
  });

  it('does not take the claim of another memory that has the same content by now', async () => {
    const { manager, paths } = opened;
    await manager.add('space', { memories: [{ id: 'old', text: 'told', ttlSeconds: 60 }] }, ann);
    await manager.add('space', { memories: [{ id: 'new', text: 'told' }] }, annLater(HALF_AN_HOUR));
    await opened.sweep(HALF_AN_HOUR);
    const claims = (await opened.documents()).filter((path) => path.includes('/claims/'));
    assert.equal(claims.length, 1);
    assert.deepEqual(
      (await paths.memories.get()).docs.map(({ id }) => id),
      ['new'],
    );
  });

  it('removes what is left of a memory that Firestore deleted, where its event was lost', async () => {
    await addBrief(opened, 'm', 3);
    await opened.paths.memory('m').delete();
    const { index } = await opened.sweep(HALF_AN_HOUR);
    assert.equal(index?.removed, 1);
    assert.deepEqual(await opened.documents(), []);
    assert.equal((await storedTotals(opened.paths)).count, 0);
  });

  it('lets an id begin at version 1 again', async () => {
    await addBrief(opened, 'm', 3);
    await opened.sweep(HALF_AN_HOUR);
    const { results } = await opened.manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, ann);
    assert.deepEqual(results, [{ id: 'm', version: 1, outcome: 'created' }]);
    const missing = failsWith('not-found', 'memory-not-found');
    await assert.rejects(opened.manager.history('space', { id: 'other' }, ann), missing);
    assert.equal((await opened.manager.history('space', { id: 'm' }, ann)).revisions.length, 1);
  });
});
