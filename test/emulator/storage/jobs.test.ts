import assert from 'node:assert/strict';
import { JOBS, PURGE } from '../../../functions/src/config.ts';
import { type JobAddress, reviveJobs } from '../../../functions/src/storage/forgotten-jobs.ts';
import { failsWith } from '../../support/fails-with.ts';
import { openTenant, writeMany } from '../../support/jobs.ts';
import { callBy, freshId } from '../../support/storage.ts';

const missing = failsWith('not-found', 'job-not-found');
const denied = failsWith('permission-denied', 'permission-denied');
const request = { filter: { all: true }, dryRun: false } as const;

/** More than one call looks at. */
const COUNT = PURGE.MAX_DOCUMENTS + 300;

/** A tenant in which `ed` purges a space that is too large for one call; the job has the rest still to do. */
async function openJob(space = 'team', databaseId?: string) {
  const tenant = await openTenant(databaseId);
  await writeMany(tenant.paths(space), COUNT);
  const answer = await tenant.manager.purge(space, request, callBy('ed'));
  assert.ok('jobId' in answer, JSON.stringify(answer));
  const left = async () => (await tenant.paths(space).memories.count().get()).data().count;
  return { ...tenant, jobId: answer.jobId, left };
}

describe('a job', () => {
  it('on a shared space is seen by its creator, admins and owners; on a personal one by its creator alone', async () => {
    for (const [space, seen] of [
      ['team', ['ed', 'ada', 'owen']],
      ['ed', ['ed']],
    ] as const) {
      const { jobs, work, jobId } = await openJob(space);
      await work(jobId);
      for (const uid of ['ed', 'ada', 'owen', 'eve'] as const) {
        const get = jobs.get(jobId, callBy(uid));
        if (!(seen as readonly string[]).includes(uid)) {
          await assert.rejects(get, missing, uid);
          await assert.rejects(jobs.cancel({ jobId }, callBy(uid)), missing, uid);
          continue;
        }
        const { state, result } = await get;
        assert.equal(state, 'succeeded');
        assert.ok(result !== null && 'sample' in result && result.sample.length === PURGE.SAMPLE, uid);
      }
      await assert.rejects(jobs.get(jobId, callBy('stranger')), denied);
      await assert.rejects(jobs.get('none', callBy('ed')), missing);
    }
  });

  it('keeps no text: its sample is gone for whoever lost the space, and with the space', async () => {
    const { jobs, directory, paths, jobId, work, database, tenantId } = await openJob();
    await work(jobId);
    const stored = await database.collection(`tenants/${tenantId}/jobs`).doc(jobId).get();
    assert.doesNotMatch(JSON.stringify(stored.data()), /number \d/);
    await paths('team').space.update({ kind: 'closed' });
    const sampleFor = async (uid: string) => {
      const { result } = await jobs.get(jobId, callBy(uid));
      assert.ok(result !== null && 'sample' in result);
      return result.sample.length;
    };
    assert.equal(await sampleFor('ed'), 0);
    await paths('team').space.update({ kind: 'shared' });
    assert.equal(await sampleFor('ed'), PURGE.SAMPLE);
    await directory.setMember({ uid: 'ed', role: 'viewer' }, callBy('owen'));
    assert.equal(await sampleFor('ed'), PURGE.SAMPLE);
    await paths('team').revisions('many-0').doc('1').delete();
    assert.equal(await sampleFor('ed'), PURGE.SAMPLE - 1);
  });

  it('that is cancelled stops before its next step, and stays as it ended', async () => {
    const { jobs, work, jobId, left } = await openJob();
    const { job: cancelled } = await jobs.cancel({ jobId }, callBy('ada'));
    assert.deepEqual([cancelled.state, cancelled.result], ['cancelled', null]);
    assert.equal(await work(jobId), false);
    assert.equal(await left(), COUNT - PURGE.MAX_DOCUMENTS);
    assert.deepEqual(await jobs.cancel({ jobId }, callBy('ed')), { job: cancelled });
    assert.deepEqual(await jobs.get(jobId, callBy('ed')), cancelled);
  });

  it('that is cancelled while a worker is at it stops there', async () => {
    const { jobs, work, jobId, left } = await openJob();
    const cancel = jobs.cancel({ jobId }, callBy('ed'));
    const [, { job }] = await Promise.all([work(jobId), cancel]);
    const { state, progress: last } = await jobs.get(jobId, callBy('ed'));
    assert.deepEqual([state, last], ['cancelled', job.progress]);
    assert.equal(await left(), COUNT - job.progress.done);
  });

  it('ends its run at its time, and goes on with the next one', async () => {
    const { work, jobId, left } = await openJob();
    assert.equal(await work(jobId, Date.now() - 1), true);
    assert.equal(await left(), COUNT - PURGE.MAX_DOCUMENTS);
    assert.equal(await work(jobId), false);
    assert.equal(await left(), 0);
    assert.equal(await work(jobId), false);
  });

  it('counts each memory once, however many workers there are', async () => {
    const { jobs, work, jobId, left } = await openJob();
    await Promise.all([work(jobId), work(jobId), work(jobId)]);
    const { result } = await jobs.get(jobId, callBy('ed'));
    assert.ok(result !== null && 'deleted' in result);
    assert.equal(result.deleted, COUNT);
    assert.equal(await left(), 0);
  });

  it('has no more rights than its creator has now', async () => {
    const { jobs, work, jobId, left, directory } = await openJob();
    await directory.setMember({ uid: 'ed', role: 'viewer' }, callBy('owen'));
    assert.equal(await work(jobId), false);
    const { state, error } = await jobs.get(jobId, callBy('ada'));
    assert.deepEqual(
      [state, error?.code, error?.reason],
      ['failed', 'permission-denied', 'permission-denied'],
    );
    assert.equal(await left(), COUNT - PURGE.MAX_DOCUMENTS);
  });

  it('fails when one step failed too often, and keeps what it was told', async () => {
    const { jobs, work, jobId, paths } = await openJob();
    const job = paths('team').space.parent.parent!.collection('jobs').doc(jobId);
    await job.update({ position: '{"broken":true}' });
    for (let n = 1; n < JOBS.MAX_FAILURES; n += 1) await assert.rejects(work(jobId));
    assert.equal((await jobs.get(jobId, callBy('ed'))).state, 'running');
    assert.equal(await work(jobId), false);
    const { state, error } = await jobs.get(jobId, callBy('ed'));
    assert.deepEqual([state, error?.code], ['failed', 'internal']);
  });

  it('whose task was lost is enqueued again, once it has made no step for some minutes', async () => {
    const databaseId = freshId('revive').slice(0, 20);
    const { jobId, tenantId, work, database } = await openJob('team', databaseId);
    const enqueued: JobAddress[] = [];
    const enqueue = async (address: JobAddress) => void enqueued.push(address);
    assert.equal(await reviveJobs(database, enqueue, Date.now() + JOBS.STALE_MS - 60_000), 0);
    assert.equal(await reviveJobs(database, enqueue, Date.now() + JOBS.STALE_MS + 60_000), 1);
    assert.deepEqual(enqueued, [{ tenantId, jobId }]);
    await work(jobId);
    assert.equal(await reviveJobs(database, enqueue, Date.now() + JOBS.STALE_MS + 60_000), 0);
  });
});
