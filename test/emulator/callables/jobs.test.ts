import assert from 'node:assert/strict';
import { SPACE_DELETION } from '../../../functions/src/config.ts';
import type { Job } from '../../../functions/src/contract/types.ts';
import { tenantPaths } from '../../../functions/src/storage/paths.ts';
import { until } from '../../support/poll.ts';
import { rejection } from '../../support/rejection.ts';
import { spaceOf, testDatabase } from '../../support/storage.ts';
import { openWorld, type World } from '../../support/world.ts';

describe('a job', () => {
  let world: World;
  before(async () => {
    world = await openWorld('jobs');
  });

  it('that a call leaves to the queue is done, and can be watched until then', async () => {
    const { tenant, admin, editor } = world;
    const { space } = await admin.open(tenant).space.create({ id: 'large', name: 'Large' });
    // Records start no trigger, so the emulator has nothing else to do.
    const paths = spaceOf(tenant, space.id, '(default)');
    const count = SPACE_DELETION.MAX_DOCUMENTS + 1;
    for (let first = 0; first < count; first += 500) {
      const batch = paths.space.firestore.batch();
      for (let n = first; n < Math.min(count, first + 500); n += 1) batch.set(paths.record(`r${n}`), { n });
      await batch.commit();
    }
    const answer = await admin.open(tenant).space.delete(space.id, { key: 'k' });
    assert.ok('jobId' in answer, JSON.stringify(answer));
    const { jobId } = answer;
    const job = await until('the end of the job', async (): Promise<Job | null> => {
      const { job: present } = await admin.open(tenant).job.get(jobId);
      return present.finishedAt === null ? null : present;
    });
    assert.deepEqual(job, {
      id: jobId,
      kind: 'delete-space',
      state: 'succeeded',
      progress: { done: count, total: null },
      result: { id: space.id, deleted: 0 },
      error: null,
      createdBy: admin.uid,
      createdAt: job.createdAt,
      updatedAt: job.updatedAt,
      finishedAt: job.finishedAt,
    });
    assert.deepEqual(await paths.space.listCollections(), []);
    const denied = await rejection(editor.open(tenant).agentData.list({ space: space.id }));
    assert.equal(denied.reason, 'permission-denied');
    assert.deepEqual(await admin.open(tenant).space.delete(space.id, { key: 'k' }), {
      jobId,
      replayed: true,
    });
  });

  it('is not to be found by another member, as one that does not exist', async () => {
    const { tenant, owner, editor, viewer } = world;
    await editor.open(tenant).memory.add({ text: 'private' });
    const purged = await editor.open(tenant).memory.purge({ all: true }, { dryRun: false });
    assert.ok('deleted' in purged);
    assert.deepEqual([purged.deleted, purged.sample[0]?.text], [1, 'private']);
    const { jobs } = tenantPaths(testDatabase('(default)'), tenant);
    const { docs } = await jobs.where('createdBy', '==', editor.uid).get();
    assert.equal(docs.length, 1);
    const { id } = docs[0]!;
    const { job } = await editor.open(tenant).job.get(id);
    assert.ok(job.result !== null && 'sample' in job.result);
    for (const other of [owner, viewer]) {
      for (const jobId of [id, 'no-such-job']) {
        for (const attempt of ['get', 'cancel'] as const) {
          const { code, reason, message } = await rejection(other.open(tenant).job[attempt](jobId));
          assert.deepEqual([code, reason, message], ['not-found', 'job-not-found', 'There is no such job.']);
        }
      }
    }
    assert.equal((await editor.open(tenant).job.cancel(id)).job.state, 'succeeded');
  });

  it('that maintains a shared space is for admins and owners to start, on a personal space for its owner', async () => {
    const { tenant, shared, owner, admin, editor, viewer, stranger } = world;
    const denied = async (attempt: Promise<unknown>) => {
      const { code, reason } = await rejection(attempt);
      assert.deepEqual([code, reason], ['permission-denied', 'permission-denied']);
    };
    await editor.open(tenant).memory.add({ id: 'mine', text: 'mine to repair' });
    // The trigger may still be at the entry, but it writes no claim where that is right.
    const { entry, claim } = spaceOf(tenant, editor.uid, '(default)');
    const hash: unknown = (await entry('mine').get()).get('contentHash');
    await claim(String(hash)).delete();
    for (const kind of ['verify', 'repair', 'reindex'] as const) {
      for (const allowed of [owner, admin]) await allowed.open(tenant).job.start({ kind, space: shared });
      for (const other of [editor, viewer, stranger]) {
        await denied(other.open(tenant).job.start({ kind, space: shared }));
      }
      for (const other of [owner, admin, viewer]) {
        await denied(other.open(tenant).job.start({ kind, space: editor.uid }));
      }
      await denied(owner.open(tenant).job.start({ kind, space: 'no-such-space' }));
    }
    const { jobId } = await editor.open(tenant).job.start({ kind: 'repair', key: 'k' });
    const job = await until('the end of the job', async (): Promise<Job | null> => {
      const { job: present } = await editor.open(tenant).job.get(jobId);
      return present.finishedAt === null ? null : present;
    });
    assert.equal(job.state, 'succeeded');
    assert.ok(job.result !== null && 'differences' in job.result);
    assert.deepEqual(job.result.differences, { 'missing-claim': 1 });
    assert.equal((await claim(String(hash)).get()).get('memoryId'), 'mine');
    assert.deepEqual(await editor.open(tenant).job.start({ kind: 'repair', key: 'k' }), {
      jobId,
      replayed: true,
    });
  });
});
