import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS, LIMITS, PURGE } from '../../../functions/src/config.ts';
import type { MemoryPurgeResponse, PurgeResult } from '../../../functions/src/contract/types.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { tenantPaths } from '../../../functions/src/storage/paths.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { openTenant, writeMany } from '../../support/jobs.ts';
import { callBy, openManager, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';
import { openSweptDatabase } from '../../support/swept-database.ts';

const ed = () => callBy('ed');
const EVERYTHING = { all: true } as const;

/** The answer of a purge that was done within its call. */
function done(answer: MemoryPurgeResponse): PurgeResult & { replayed?: true } {
  assert.ok('matched' in answer, JSON.stringify(answer));
  return answer;
}

function jobOf(answer: MemoryPurgeResponse): string {
  assert.ok('jobId' in answer, JSON.stringify(answer));
  return answer.jobId;
}

describe('a purge', () => {
  it('counts and shows what it would delete, and deletes nothing until it is told to', async () => {
    const { manager, tenantId } = openManager();
    const memories = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ text: `old ${n}`, tags: ['old'] }));
    await manager.add('s', { memories: [...memories, { text: 'new' }] }, ed());
    const answer = done(await manager.purge('s', { filter: { tags: 'old' } }, ed()));
    assert.deepEqual([answer.matched, answer.deleted, answer.sample.length], [7, 0, PURGE.SAMPLE]);
    assert.ok(answer.sample.every(({ text }) => text.startsWith('old')));
    assert.equal((await spaceOf(tenantId, 's').memories.get()).size, 8);
  });

  it('deletes each as a deletion would: revisions are kept, index and counters follow, others stay', async () => {
    const { manager, tenantId } = openManager();
    await manager.add(
      's',
      {
        memories: [
          { id: 'a', text: 'old one', kind: 'note' },
          { id: 'b', text: 'new' },
        ],
      },
      ed(),
    );
    await manager.add('other', { memories: [{ text: 'old too', kind: 'note' }] }, ed());
    const request = { filter: { kind: 'note' }, dryRun: false };
    const { matched, deleted, sample } = done(await manager.purge('s', request, ed()));
    assert.deepEqual([matched, deleted, sample.map(({ id }) => id)], [1, 1, ['a']]);
    await assert.rejects(manager.get('s', 'a', ed()), failsWith('not-found', 'memory-not-found'));
    assert.deepEqual(await differences(spaceOf(tenantId, 's')), []);
    assert.equal((await spaceOf(tenantId, 'other').memories.get()).size, 1);
    const { memory } = await manager.restore('s', { id: 'a', version: 1 }, ed());
    assert.deepEqual([memory.text, memory.version], ['old one', 3]);
  });

  it('takes the whole grammar, exactly, also what Firestore cannot evaluate', async () => {
    const { manager } = openManager();
    const memories = [
      { id: 'a', text: 'about tea', importance: 0.9, metadata: { city: 'Oslo' } },
      { id: 'b', text: 'about tea', kind: 'note', importance: 0.1 },
      { id: 'c', text: 'about rice', importance: 0.1 },
    ];
    await manager.add('s', { memories }, ed());
    const filter = { OR: [{ 'metadata.city': 'Oslo' }, { text: { contains: 'rice' } }] };
    const { sample } = done(await manager.purge('s', { filter, dryRun: false }, ed()));
    assert.deepEqual(sample.map(({ id }) => id).sort(), ['a', 'c']);
    assert.deepEqual(
      (await manager.list('s', {}, ed())).memories.map(({ id }) => id),
      ['b'],
    );
  });

  it('refuses a filter that says everything by saying nothing, at any depth, and takes one that says so', async () => {
    const { manager } = openManager();
    await manager.add('s', { memories: [{ text: 'one' }] }, ed());
    const empty = [{}, { AND: [{}] }, { OR: [{ kind: 'note' }, {}] }, { NOT: {} }, { AND: [] }, { OR: [] }];
    for (const filter of [...empty, { all: false }, { all: true, kind: 'fact' }]) {
      for (const dryRun of [true, false]) {
        const purge = manager.purge('s', { filter, dryRun }, ed());
        await assert.rejects(purge, failsWith('invalid-argument', 'invalid-filter'), JSON.stringify(filter));
      }
    }
    assert.equal(done(await manager.purge('s', { filter: EVERYTHING, dryRun: false }, ed())).deleted, 1);
  });

  it('leaves what was added after it began, what has expired, and what a changed memory no longer matches', async () => {
    const { manager, tenantId } = openManager();
    const began = Date.now() - 1_000;
    await manager.add('s', { memories: [{ text: 'later' }] }, ed());
    const call = callBy('ed', { now: began });
    assert.equal(done(await manager.purge('s', { filter: EVERYTHING, dryRun: false }, call)).matched, 0);
    assert.equal((await spaceOf(tenantId, 's').memories.get()).size, 1);
    assert.equal(done(await manager.purge('s', { filter: EVERYTHING, dryRun: false }, ed())).matched, 1);
  });

  it('with a key is done once, and answers the same with what it showed', async () => {
    const { manager } = openManager();
    await manager.add('s', { memories: [{ text: 'one' }, { text: 'two' }] }, ed());
    const request = { filter: EVERYTHING, dryRun: false, key: 'k' };
    const first = done(await manager.purge('s', request, ed()));
    assert.equal(first.deleted, 2);
    await manager.add('s', { memories: [{ text: 'three' }] }, ed());
    assert.deepEqual(await manager.purge('s', request, ed()), { ...first, replayed: true });
    assert.equal((await manager.list('s', {}, ed())).memories.length, 1);
    const reused = failsWith('failed-precondition', 'key-reused');
    await assert.rejects(manager.purge('s', { ...request, dryRun: true }, ed()), reused);
    await assert.rejects(manager.add('s', { memories: [{ text: 'x' }], key: 'k' }, ed()), reused);
  });

  it('of more memories than a call looks at is a job, which ends with the same result', async () => {
    const { manager, work, jobs, paths } = await openTenant();
    const count = PURGE.MAX_DOCUMENTS + 30;
    await writeMany(paths('team'), count, { kind: 'note' });
    const counting = jobOf(await manager.purge('team', { filter: EVERYTHING }, ed()));
    const request = { filter: { kind: 'note' }, dryRun: false, key: 'k' };
    const jobId = jobOf(await manager.purge('team', request, ed()));
    assert.deepEqual(await manager.purge('team', request, ed()), { jobId, replayed: true });
    const under = await jobs.get(jobId, ed());
    assert.deepEqual([under.kind, under.state, under.result], ['purge', 'running', null]);
    assert.equal(under.progress.done, PURGE.MAX_DOCUMENTS);
    assert.equal(under.progress.total, count);
    for (const id of [counting, jobId]) assert.equal(await work(id), false);
    const { state, result, progress, finishedAt, error } = await jobs.get(jobId, ed());
    assert.deepEqual([state, progress.done, error], ['succeeded', count, null]);
    assert.ok(finishedAt !== null && result !== null && 'sample' in result);
    assert.deepEqual([result.matched, result.deleted, result.sample.length], [count, count, PURGE.SAMPLE]);
    assert.equal((await paths('team').memories.get()).size, 0);
    assert.deepEqual(await differences(paths('team')), []);
    assert.deepEqual(await manager.purge('team', request, ed()), { jobId, replayed: true });
  });

  it('stops at its deadline, and goes on where it stopped when it is repeated with its key', async () => {
    const { manager, paths } = await openTenant();
    await writeMany(paths('team'), 600);
    const request = { filter: EVERYTHING, dryRun: false, key: 'k' };
    const call = callBy('ed', { deadline: Date.now() + 400 });
    await assert.rejects(manager.purge('team', request, call), failsWith('deadline-exceeded', 'deadline'));
    const { deleted } = done(await manager.purge('team', request, callBy('ed', { now: call.now })));
    assert.equal(deleted, 600);
    assert.equal((await paths('team').memories.get()).size, 0);
  });

  it('shows in its sample no memory whose time is over, nor one whose retention is, when it is asked for later', async () => {
    const { manager, jobs, database, tenantId } = await openTenant();
    const memories = [
      { id: 'brief', text: 'brief', ttlSeconds: 60 },
      { id: 'kept', text: 'kept' },
    ];
    await manager.add('team', { memories }, ed());
    const purge = { filter: EVERYTHING, key: 'k' };
    for (const [dryRun, key] of [
      [true, 'count'],
      [false, 'delete'],
    ] as const) {
      done(await manager.purge('team', { ...purge, dryRun, key }, ed()));
    }
    const stored = await tenantPaths(database, tenantId).jobs.get();
    assert.equal(stored.size, 2);
    const shownAt = async (days: number) => {
      const samples = stored.docs.map(async ({ id }) => {
        const { result } = await jobs.get(id, callBy('ed', { now: Date.now() + days * 86_400_000 }));
        assert.ok(result !== null && 'sample' in result);
        return result.sample.map((memory) => memory.id).sort();
      });
      return Promise.all(samples);
    };
    assert.deepEqual(await shownAt(0), new Array(2).fill(['brief', 'kept']));
    assert.deepEqual(await shownAt(1), new Array(2).fill(['kept']));
    assert.deepEqual(await shownAt(31), [[], []]);
    const again = callBy('ed', { now: Date.now() + 61_000 });
    const replayed = done(await manager.purge('team', { ...purge, dryRun: false, key: 'delete' }, again));
    assert.deepEqual([replayed.deleted, replayed.sample.map(({ id }) => id)], [2, ['kept']]);
  });

  it('is answered again with its key as long as its receipt is kept, whatever was swept', async () => {
    const opened = openSweptDatabase();
    const settings = { ...DEFAULT_SETTINGS, receiptHours: LIMITS.MAX_RECEIPT_HOURS };
    const config = { database: testDatabase(opened.id), tenantId: 'acme', cursorSecret: 's'.repeat(43) };
    const manager = new FirestoreMemoryManager({ ...config, embedder, settings, log: SILENT });
    await manager.add('space', { memories: [{ text: 'one' }] }, ed());
    const request = { filter: EVERYTHING, dryRun: false, key: 'k' };
    assert.equal(done(await manager.purge('space', request, ed())).deleted, 1);
    const later = LIMITS.MAX_RECEIPT_HOURS * 3_600_000 - 60_000;
    await opened.sweep(later);
    const call = callBy('ed', { now: Date.now() + later });
    const { deleted, replayed } = done(await manager.purge('space', request, call));
    assert.deepEqual([deleted, replayed], [1, true]);
  });
});
