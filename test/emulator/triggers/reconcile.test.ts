import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import { forgetMemory } from '../../../functions/src/storage/forget-memory.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { readStats } from '../../../functions/src/storage/stats-shards.ts';
import { differences } from '../../support/differences.ts';
import {
  callBy,
  openManager,
  STORAGE_DATABASE,
  spaceOf,
  storedTotals,
  testDatabase,
} from '../../support/storage.ts';

/** Reconciles a memory as the trigger does, in a database where no trigger runs. */
const reconcile = (tenantId: string, memoryId: string, now = Date.now()) =>
  reconcileMemory(testDatabase(STORAGE_DATABASE), embedder, { tenantId, spaceId: 'space', memoryId }, now);

describe('reconciliation', () => {
  it('writes nothing after a healthy write', async () => {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'all is well' }] }, callBy('ann'));
    const paths = spaceOf(tenantId, 'space');
    const times = async () =>
      (await Promise.all([paths.memory('m').get(), paths.entry('m').get()])).map((d) =>
        d.updateTime?.valueOf(),
      );
    const before = await times();
    await reconcile(tenantId, 'm');
    assert.deepEqual(await times(), before);
  });

  it('[23] has one effect when the same event comes twice, in sequence and at once', async () => {
    const { tenantId } = openManager();
    const paths = spaceOf(tenantId, 'space');
    await paths.memory('m').set({ text: 'written by hand', tags: ['x'] });
    await Promise.all([reconcile(tenantId, 'm'), reconcile(tenantId, 'm'), reconcile(tenantId, 'm')]);
    await reconcile(tenantId, 'm');
    assert.deepEqual((await storedTotals(paths)).byTag, { x: 1 });
    assert.deepEqual(await differences(paths), []);
  });

  it('[24] ends at what the truth says, however the events of many changes are ordered or lost', async () => {
    const { tenantId } = openManager();
    const paths = spaceOf(tenantId, 'space');
    const states = [
      { text: 'one', tags: ['a'] },
      { text: 'two', tags: ['b'] },
      null,
      { text: 'three', kind: 'note' },
      null,
      { text: 'four', tags: ['a', 'b'] },
    ];
    for (const [n, state] of states.entries()) {
      if (state === null) await paths.memory('m').delete();
      else await paths.memory('m').set(state);
      // Every other event is lost, and each of the rest sees a later state than its own.
      if (n % 2 === 1) await reconcile(tenantId, 'm');
    }
    await reconcile(tenantId, 'm');
    assert.deepEqual(await storedTotals(paths), {
      count: 1,
      bytes: 6,
      byKind: { fact: 1 },
      byTag: { a: 1, b: 1 },
    });
    assert.deepEqual(await differences(paths), []);
  });

  it('[25] asks nothing of an event but the place of the memory: a deletion cleans up too', async () => {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'soon gone' }] }, callBy('ann'));
    const paths = spaceOf(tenantId, 'space');
    await paths.memory('m').delete();
    await reconcile(tenantId, 'm');
    assert.equal((await paths.entry('m').get()).exists, false);
    assert.equal((await storedTotals(paths)).count, 0);
  });

  it('takes a memory with a tag that requests may not have: it is found, and counted', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 'space');
    await paths.memory('m').set({ text: 'by the console', tags: ['__proto__', 'x'] });
    await reconcile(tenantId, 'm');
    assert.deepEqual((await manager.get('space', 'm', callBy('ann'))).tags, ['__proto__', 'x']);
    const { count, byTag } = await readStats(paths);
    assert.deepEqual(
      [count, Object.entries(byTag).sort()],
      [
        1,
        [
          ['__proto__', 1],
          ['x', 1],
        ],
      ],
    );
    await paths.memory('m').delete();
    await reconcile(tenantId, 'm');
    assert.deepEqual(Object.entries((await readStats(paths)).byTag), []);
  });

  it('never takes a memory for the rest of a large add, whatever its document says of staging', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 'space');
    const long = Timestamp.fromMillis(Date.now() - 86_400_000);
    const marks = [true, null, {}, { by: 'me' }, { by: 'me', at: 'then' }, { by: 'me', at: long }];
    const memories = marks.map((_, n) => ({ id: `m-${n}`, text: `text ${n}` }));
    await manager.add('space', { memories }, callBy('ann'));
    for (const [n, staged] of marks.entries()) {
      await paths.memory(`m-${n}`).update({ staged });
      await reconcile(tenantId, `m-${n}`);
      assert.equal((await manager.get('space', `m-${n}`, callBy('ann'))).text, `text ${n}`);
    }
    assert.deepEqual(await differences(paths), []);
  });

  it('does not undo what a client writes at the same time', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 'space');
    await paths.memory('m').set({ text: 'by hand' });
    await reconcile(tenantId, 'm');
    const changes = (n: number) => ({ id: 'm', changes: { text: `by a client, ${n}` } });
    await Promise.all(
      [1, 2, 3].flatMap((n) => [
        manager.update('space', changes(n), callBy('ann')),
        reconcile(tenantId, 'm'),
      ]),
    );
    assert.equal((await manager.get('space', 'm', callBy('ann'))).version, 4);
    assert.deepEqual(await differences(paths), []);
  });

  /** A memory in its third version that expires in a minute and whose document was deleted by itself. */
  async function withoutDocument() {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 'space');
    await manager.add('space', { memories: [{ id: 'm', text: 'brief', ttlSeconds: 60 }] }, callBy('ann'));
    for (const importance of [0.1, 0.2]) {
      await manager.update('space', { id: 'm', changes: { importance } }, callBy('ann'));
    }
    await paths.memory('m').delete();
    const left = async () => {
      const [entry, revisions] = await Promise.all([paths.entry('m').get(), paths.revisions('m').get()]);
      return [entry.exists, revisions.size, (await storedTotals(paths)).count];
    };
    return { manager, tenantId, paths, left };
  }

  it('removes the revisions too where the memory had expired, and keeps them where it had not', async () => {
    for (const expired of [true, false]) {
      const { tenantId, left } = await withoutDocument();
      assert.deepEqual(await left(), [true, 2, 1]);
      const now = Date.now() + (expired ? 61_000 : 0);
      await Promise.all([reconcile(tenantId, 'm', now), reconcile(tenantId, 'm', now)]);
      assert.deepEqual(await left(), [false, expired ? 0 : 2, 0]);
    }
  });

  it('takes the entry of an expired memory last, so that an event that comes again finds the work', async () => {
    const { tenantId, left } = await withoutDocument();
    const now = Date.now() + 61_000;
    const bounds = { now, isStopped: () => true, revisions: 1 };
    await forgetMemory(testDatabase(), { tenantId, spaceId: 'space', memoryId: 'm' }, bounds);
    assert.deepEqual(await left(), [true, 1, 1]);
    await reconcile(tenantId, 'm', now);
    assert.deepEqual(await left(), [false, 0, 0]);
  });

  it('takes nothing of a memory that has the id of an expired one by now', async () => {
    const { manager, tenantId, paths } = await withoutDocument();
    const later = callBy('ann', { now: Date.now() + 61_000 });
    const add = () => manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, later);
    await Promise.all([reconcile(tenantId, 'm', later.now), add(), reconcile(tenantId, 'm', later.now)]);
    assert.equal((await manager.get('space', 'm', later)).text, 'new');
    assert.deepEqual(await differences(paths), []);
  });
});
