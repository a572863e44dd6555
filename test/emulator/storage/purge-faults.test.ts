import assert from 'node:assert/strict';
import { JOBS } from '../../../functions/src/config.ts';
import { type JobAddress, reviveJobs } from '../../../functions/src/storage/forgotten-jobs.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type Fault, type FaultyLink, openFaultyLink, unanswered } from '../../support/faulty-link.ts';
import { openTenant, writeMany } from '../../support/jobs.ts';
import { callBy, freshId, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const DATABASE = 'faults-purge';
/** gRPC status numbers: one that the SDK tries again, and one that it does not. */
const INTERNAL = 13;
const PERMISSION_DENIED = 7;
const ABORTED = 10;

/** Two steps: a full chunk and a rest. */
const COUNT = 60;

describe('a purge of which a commit fails', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  const jobStates = async (paths: ReturnType<typeof spaceOf>) =>
    (await paths.space.parent.parent!.collection('jobs').get()).docs.map((job) => job.get('state'));

  const steps = ['of its job', 'of its first step', 'of its last step'];
  for (const [place, step] of steps.entries()) {
    for (const when of ['before', 'after'] as const) {
      for (const status of [INTERNAL, PERMISSION_DENIED]) {
        const told = status === INTERNAL ? 'the SDK repeats' : 'the caller repeats';
        it(`${step}, ${when} it is applied, counts each memory once when ${told} it`, async () => {
          const { manager, tenantId } = openManager(undefined, DATABASE);
          const paths = spaceOf(tenantId, 's', DATABASE);
          link.failNext();
          await writeMany(paths, COUNT);
          const request = { filter: { all: true }, dryRun: false, key: 'k' } as const;
          const fault: Fault = { when, status };
          link.failNext(...new Array<null>(place).fill(null), fault);
          const first = manager.purge('s', request, callBy('ann'));
          if (status === PERMISSION_DENIED) await assert.rejects(first);
          else await first;
          link.failNext();
          const answer = await manager.purge('s', request, callBy('ann'));
          assert.ok('deleted' in answer);
          assert.deepEqual([answer.matched, answer.deleted], [COUNT, COUNT]);
          assert.equal((await paths.memories.get()).size, 0);
          assert.equal((await paths.everyRevision().get()).size, 2 * COUNT);
        });
      }
    }

    it(`${step}, whose answer is lost to the SDK, counts each memory once without a key too`, async () => {
      const { manager, tenantId } = openManager(undefined, DATABASE);
      const paths = spaceOf(tenantId, 's', DATABASE);
      link.failNext();
      await writeMany(paths, COUNT);
      link.failNext(...new Array<null>(place).fill(null), { when: 'after', status: INTERNAL });
      const answer = await manager.purge('s', { filter: { all: true }, dryRun: false }, callBy('ann'));
      assert.ok(link.commits > place, `${link.commits} commits`);
      assert.ok('deleted' in answer);
      assert.deepEqual([answer.matched, answer.deleted, answer.replayed], [COUNT, COUNT, undefined]);
      assert.deepEqual(await jobStates(paths), ['succeeded']);
      assert.equal((await paths.memories.get()).size, 0);
      assert.equal((await paths.everyRevision().get()).size, 2 * COUNT);
    });

    it(`${step}, never answered, counts each memory once when who gave up repeats it with its key`, async () => {
      const { manager, tenantId } = openManager(undefined, DATABASE);
      const paths = spaceOf(tenantId, 's', DATABASE);
      link.failNext();
      await writeMany(paths, COUNT);
      const request = { filter: { all: true }, dryRun: false, key: 'k' } as const;
      const { fault, signal } = unanswered();
      link.failNext(...new Array<null>(place).fill(null), fault);
      const first = manager.purge('s', request, callBy('ann', { signal }));
      await assert.rejects(first, failsWith('cancelled', 'cancelled'));
      link.failNext();
      const answer = await manager.purge('s', request, callBy('ann'));
      assert.ok('deleted' in answer);
      assert.deepEqual([answer.matched, answer.deleted, answer.replayed], [COUNT, COUNT, true]);
      assert.deepEqual(await manager.purge('s', request, callBy('ann')), answer);
      assert.deepEqual(await jobStates(paths), ['succeeded']);
      assert.equal((await paths.space.collection('receipts').get()).size, 1);
      assert.equal((await paths.everyRevision().get()).size, 2 * COUNT);
    });
  }

  it('and of which a read meets contention, is tried again as the same job', async () => {
    // The reads of the beginning, and of both steps.
    for (let place = 0; place < 8; place += 1) {
      const { manager, tenantId } = openManager(undefined, DATABASE);
      const paths = spaceOf(tenantId, 's', DATABASE);
      link.failNext();
      await writeMany(paths, COUNT);
      link.failNextReads(...new Array<null>(place).fill(null), { status: ABORTED });
      const answer = await manager.purge('s', { filter: { all: true }, dryRun: false }, callBy('ann'));
      assert.ok(link.reads > place, `${link.reads} reads`);
      link.failNextReads();
      assert.ok('deleted' in answer);
      assert.deepEqual([answer.matched, answer.deleted], [COUNT, COUNT], `read ${place}`);
      assert.deepEqual(await jobStates(paths), ['succeeded'], `read ${place}`);
      assert.equal((await paths.everyRevision().get()).size, 2 * COUNT);
    }
  });

  it('to be answered, without a key, leaves nothing that deletes again later what was restored', async () => {
    const { manager, tenantId } = openManager(undefined, DATABASE);
    const paths = spaceOf(tenantId, 's', DATABASE);
    link.failNext();
    await writeMany(paths, COUNT);
    link.failNext(null, { when: 'unanswered' });
    const call = callBy('ann', { deadline: Date.now() + 2_000 });
    const purge = manager.purge('s', { filter: { all: true }, dryRun: false }, call);
    await assert.rejects(purge, failsWith('deadline-exceeded', 'deadline'));
    link.failNext();
    const left = (await paths.memories.get()).size;
    assert.ok(left > 0 && left < COUNT, String(left));
    await manager.restore('s', { id: 'many-0', version: 1 }, callBy('ann'));
    const enqueued: JobAddress[] = [];
    const enqueue = async (address: JobAddress) => void enqueued.push(address);
    await reviveJobs(testDatabase(DATABASE), enqueue, Date.now() + JOBS.STALE_MS + 60_000);
    assert.deepEqual(
      enqueued.filter((address) => address.tenantId === tenantId),
      [],
    );
    assert.deepEqual(await jobStates(paths), ['cancelled']);
    assert.equal((await paths.memories.get()).size, left + 1);
  });

  it('with a key, of a call that ended, is gone on with by the schedule', async () => {
    const databaseId = freshId('revive').slice(0, 20);
    const { manager, paths, database, work } = await openTenant(databaseId);
    await writeMany(paths('team'), 600);
    const request = { filter: { all: true }, dryRun: false, key: 'k' } as const;
    const call = callBy('ed', { deadline: Date.now() + 300 });
    await assert.rejects(manager.purge('team', request, call), failsWith('deadline-exceeded', 'deadline'));
    const enqueued: JobAddress[] = [];
    const enqueue = async (address: JobAddress) => void enqueued.push(address);
    assert.equal(await reviveJobs(database, enqueue, Date.now() + JOBS.STALE_MS + 60_000), 1);
    await work(enqueued[0]!.jobId);
    const answer = await manager.purge('team', request, callBy('ed', { now: call.now }));
    assert.ok('deleted' in answer);
    assert.equal(answer.deleted, 600);
  });
});
