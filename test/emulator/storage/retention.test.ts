import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../functions/src/config.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { forgetMemory } from '../../../functions/src/storage/forget-memory.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, SILENT, testDatabase } from '../../support/storage.ts';
import { annLater, FORTY_DAYS, openSweptDatabase, type SweptDatabase } from '../../support/swept-database.ts';

const missing = failsWith('not-found', 'memory-not-found');
const DAY_MS = 24 * 3_600_000;

describe('the retention of a deleted memory', () => {
  let opened: SweptDatabase;
  let ann: CallContext;
  beforeEach(() => {
    ann = callBy('ann');
    opened = openSweptDatabase();
  });

  /** Adds a memory, changes it until it has that many versions, and deletes it. */
  async function withDeleted(versions = 3, on = opened.manager): Promise<void> {
    await on.add('space', { memories: [{ id: 'm', text: 'version 1' }] }, ann);
    for (let n = 2; n <= versions; n += 1) {
      await on.update('space', { id: 'm', changes: { text: `version ${n}` } }, ann);
    }
    await on.delete('space', { id: 'm' }, ann);
  }

  const versionsAt = async (later: number) => {
    const { revisions } = await opened.manager.history('space', { id: 'm' }, annLater(later));
    return revisions.map(({ version }) => version);
  };
  const restoreAt = (later: number) =>
    opened.manager.restore('space', { id: 'm', version: 1 }, annLater(later));

  it('is 30 days: until then it has a history and can be restored, from then on it is not found', async () => {
    await withDeleted();
    assert.deepEqual(await versionsAt(29 * DAY_MS), [4, 3, 2, 1]);
    const { nextCursor } = await opened.manager.history('space', { id: 'm', limit: 2 }, ann);
    const justBefore = 30 * DAY_MS - 60_000;
    assert.deepEqual(await versionsAt(justBefore), [4, 3, 2, 1]);
    await assert.rejects(versionsAt(30 * DAY_MS), missing);
    await assert.rejects(restoreAt(30 * DAY_MS), missing);
    assert.ok(nextCursor);
    assert.equal((await restoreAt(justBefore)).memory.version, 5);
  });

  it('holds for a page that is asked for by a cursor too', async () => {
    const config = { database: testDatabase(opened.id), tenantId: 'acme', cursorSecret: 's'.repeat(43) };
    const settings = { ...DEFAULT_SETTINGS, retentionDays: 1 };
    const manager = new FirestoreMemoryManager({ ...config, embedder, settings, log: SILENT });
    await withDeleted(3, manager);
    const before = annLater(DAY_MS - 60_000);
    const { nextCursor } = await manager.history('space', { id: 'm', limit: 2 }, before);
    const page = { id: 'm', limit: 2, cursor: nextCursor ?? '' };
    assert.equal((await manager.history('space', page, before)).revisions.length, 2);
    await assert.rejects(manager.history('space', page, annLater(DAY_MS + 60_000)), missing);
  });

  it('does not keep a memory longer than it was to live', async () => {
    await opened.manager.add('space', { memories: [{ id: 'm', text: 'brief', ttlSeconds: 60 }] }, ann);
    await opened.manager.delete('space', { id: 'm' }, ann);
    assert.deepEqual(await versionsAt(30_000), [2, 1]);
    await assert.rejects(versionsAt(61_000), missing);
    await opened.sweep(61_000);
    assert.equal((await opened.paths.revisions('m').get()).size, 0);
  });

  it('ends with the removal of every revision, after which the id begins at version 1', async () => {
    await withDeleted(6);
    assert.equal((await opened.sweep(29 * DAY_MS)).revisions?.found, 0);
    const { revisions } = await opened.sweep(FORTY_DAYS, { revisions: 2 });
    assert.deepEqual(revisions, { found: 1, removed: 1, kept: 0, failed: 0, complete: true });
    assert.deepEqual(await opened.documents(), []);
    const { results } = await opened.manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, ann);
    assert.equal(results[0]?.version, 1);
  });

  it('keeps the deletion to the last, so that a run that is stopped is gone on with', async () => {
    // By name, the deletion, 12, comes before most of the others.
    await withDeleted(11);
    const bounds = { now: Date.now() + FORTY_DAYS, isStopped: () => true, revisions: 6 };
    const address = { tenantId: 'acme', spaceId: 'space', memoryId: 'm' };
    assert.equal(await forgetMemory(testDatabase(opened.id), address, bounds), 'kept');
    const left = (await opened.paths.revisions('m').get()).docs.map(({ id }) => id);
    assert.deepEqual(left, ['12', '4', '5', '6', '7', '8', '9'].sort());
    await opened.sweep(FORTY_DAYS, { revisions: 6 });
    assert.deepEqual(await opened.documents(), []);
  });

  it('is no matter once the memory was restored: it keeps all of its history', async () => {
    await withDeleted();
    await restoreAt(DAY_MS);
    const { revisions } = await opened.sweep(FORTY_DAYS);
    assert.deepEqual(revisions, { found: 1, removed: 0, kept: 1, failed: 0, complete: true });
    assert.deepEqual(await versionsAt(FORTY_DAYS), [5, 4, 3, 2, 1]);
    assert.equal((await opened.sweep(FORTY_DAYS)).revisions?.found, 0, 'the mark is gone');
    assert.deepEqual(await differences(opened.paths), []);
  });

  it('is no matter once the id was given again within it', async () => {
    await withDeleted();
    await opened.manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, annLater(DAY_MS));
    await opened.manager.update('space', { id: 'm', changes: { text: 'newer' } }, annLater(2 * DAY_MS));
    await opened.sweep(FORTY_DAYS);
    assert.deepEqual(await versionsAt(FORTY_DAYS), [6, 5, 4, 3, 2, 1]);
  });

  it('takes the earlier life away where the id was given again only after it', async () => {
    for (const changed of [false, true]) {
      opened = openSweptDatabase();
      await withDeleted(6);
      const late = annLater(31 * DAY_MS);
      const { results } = await opened.manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, late);
      assert.equal(results[0]?.version, 8);
      if (changed) await opened.manager.update('space', { id: 'm', changes: { text: 'newer' } }, late);
      const { revisions } = await opened.sweep(FORTY_DAYS, { revisions: 2 });
      assert.equal(revisions?.removed, 1);
      assert.deepEqual(await versionsAt(FORTY_DAYS), changed ? [9, 8] : [8]);
      assert.deepEqual(await differences(opened.paths), []);
    }
  });

  it('begins anew with a second deletion', async () => {
    await withDeleted();
    await restoreAt(20 * DAY_MS);
    await opened.manager.delete('space', { id: 'm' }, annLater(20 * DAY_MS));
    await opened.sweep(FORTY_DAYS);
    assert.deepEqual(await versionsAt(FORTY_DAYS), [6, 5, 4, 3, 2, 1]);
    await opened.sweep(51 * DAY_MS);
    assert.equal((await opened.paths.revisions('m').get()).size, 0);
  });

  it('loses nothing where a restore and the sweeper meet', async () => {
    for (let round = 0; round < 6; round += 1) {
      opened = openSweptDatabase();
      await withDeleted();
      const restore = () => restoreAt(29 * DAY_MS).catch((error) => error);
      const sweep = () => opened.sweep(FORTY_DAYS);
      const [first, second] = round % 2 === 0 ? [restore(), sweep()] : [sweep(), restore()];
      const [answer] = round % 2 === 0 ? [await first, await second] : [await second, await first];
      const restored = !(answer instanceof Error);
      if (!restored)
        assert.throws(() => {
          throw answer;
        }, missing);
      await opened.sweep(FORTY_DAYS);
      const left = (await opened.paths.revisions('m').get()).size;
      assert.deepEqual([restored, left], restored ? [true, 4] : [false, 0]);
      assert.deepEqual(await differences(opened.paths), []);
    }
  });
});
