import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS, VERIFY } from '../../../functions/src/config.ts';
import type { Job, StartableJobKind, VerifyResult } from '../../../functions/src/contract/types.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import { decodeJob } from '../../../functions/src/storage/job-codec.ts';
import { runJob } from '../../../functions/src/storage/job-runner.ts';
import { keepingOf } from '../../../functions/src/storage/keeping.ts';
import { tenantPaths } from '../../../functions/src/storage/paths.ts';
import { differences as recomputed } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { openTenant, writeMany } from '../../support/jobs.ts';
import { someMemories } from '../../support/some-memories.ts';
import { callBy } from '../../support/storage.ts';

const KEEPING = keepingOf(DEFAULT_SETTINGS);

/** A tenant, and what `ada` does in its shared space. */
async function openMaintained() {
  const tenant = await openTenant();
  const start = async (kind: StartableJobKind, key?: string) =>
    tenant.jobs.start('team', { kind, ...(key !== undefined && { key }) }, KEEPING, callBy('ada'));
  const get = (jobId: string) => tenant.jobs.get(jobId, callBy('ada'));
  /** Makes some steps, as one worker would that ends then. */
  const some = async (jobId: string, maxDocuments: number) => {
    const paths = tenantPaths(tenant.database, tenant.tenantId);
    const embeddings = new EmbeddingCache(embedder);
    const scene = { database: tenant.database, paths, embeddings, now: Date.now };
    await runJob(scene, decodeJob(await paths.job(jobId).get())!, { maxDocuments });
  };
  return { ...tenant, start, get, some };
}

function resultOf({ state, result, error }: Job): VerifyResult {
  assert.equal(state, 'succeeded', JSON.stringify(error));
  assert.ok(result !== null && 'differences' in result);
  return result;
}

describe('a job that maintains a space', () => {
  it('verifies, repairs, and verifies again, and tells what it looked at, found and mended', async () => {
    const { manager, paths, start, get, work } = await openMaintained();
    await someMemories(manager, 'team', callBy('ada'));
    const many = VERIFY.PAGE + 20;
    await writeMany(paths('team'), many);
    const count = (await paths('team').memories.get()).size;
    const differences = { 'incomplete-memory': many, 'missing-entry': many, 'missing-claim': many };
    for (const [kind, expected] of [
      ['verify', { memories: count, entries: count - many, differences, mended: 0 }],
      ['repair', { memories: count, entries: count - many, differences, mended: 3 * many }],
      ['reindex', { memories: count, entries: count, differences: {}, mended: 0 }],
    ] as const) {
      const { jobId } = await start(kind);
      const queued = await get(jobId);
      assert.deepEqual(queued.progress, { done: 0, total: count, differences: {}, mended: 0 });
      assert.deepEqual([queued.state, queued.result], ['queued', null]);
      assert.equal(await work(jobId), false);
      const job = await get(jobId);
      assert.deepEqual(resultOf(job), expected);
      const { differences: found, mended } = expected;
      assert.deepEqual(job.progress, { done: count, total: count, differences: found, mended });
    }
    assert.deepEqual(await recomputed(paths('team')), []);
  });

  it('goes on where another worker ended, and counts nothing twice', async () => {
    const { paths, start, get, some, work } = await openMaintained();
    await writeMany(paths('team'), 130);
    const { jobId } = await start('repair');
    await some(jobId, 1);
    const early = await get(jobId);
    assert.equal(early.state, 'running');
    const { done, differences, mended } = early.progress;
    assert.ok(done > 0 && done < 130, String(done));
    assert.deepEqual([differences?.['missing-entry'], mended], [done, done * 3]);
    await Promise.all([work(jobId), work(jobId)]);
    const { mended: all, memories } = resultOf(await get(jobId));
    assert.deepEqual([memories, all], [130, 390]);
    assert.deepEqual(await recomputed(paths('team')), []);
  });

  it('that is interrupted before its counters were mended mends them, once', async () => {
    const { manager, paths, start, get, some, work } = await openMaintained();
    await someMemories(manager, 'team', callBy('ada'));
    const shards = (await paths('team').stats.get()).docs;
    for (const shard of shards) await shard.ref.update({ count: shard.get('count') + 7 });
    const { jobId } = await start('repair');
    const other = await start('repair');
    await some(jobId, 1);
    await some(other.jobId, 1);
    await Promise.all([work(jobId), work(other.jobId)]);
    const results = await Promise.all([jobId, other.jobId].map(async (id) => resultOf(await get(id))));
    const mended = results.map((each) => each.mended).sort((a, b) => a - b);
    assert.deepEqual(mended, [0, shards.length], JSON.stringify(results));
    assert.deepEqual(await recomputed(paths('team')), []);
  });

  it('is started once for a key', async () => {
    const { start } = await openMaintained();
    const first = await start('verify', 'k');
    assert.equal(first.replayed, false);
    assert.deepEqual(await start('verify', 'k'), { jobId: first.jobId, replayed: true });
    await assert.rejects(start('repair', 'k'), failsWith('failed-precondition', 'key-reused'));
    assert.notEqual((await start('verify', 'other')).jobId, first.jobId);
  });

  it('ends when its creator may no longer maintain the space', async () => {
    const { directory, paths, start, get, work, jobs } = await openMaintained();
    await writeMany(paths('team'), 3);
    const { jobId } = await start('repair');
    const spared = await start('repair');
    await work(spared.jobId);
    await directory.setMember({ uid: 'ada', role: 'editor' }, callBy('owen'));
    await work(jobId);
    const { state, error } = await jobs.get(jobId, callBy('owen'));
    assert.deepEqual([state, error?.code], ['failed', 'permission-denied']);
    assert.equal((await get(spared.jobId)).state, 'succeeded');
  });

  it('that is cancelled stops, and what it had mended stays mended', async () => {
    const { paths, start, get, some, work, jobs } = await openMaintained();
    await writeMany(paths('team'), 130);
    const { jobId } = await start('repair');
    await some(jobId, 1);
    const { progress } = await get(jobId);
    await jobs.cancel({ jobId: jobId }, callBy('ada'));
    assert.equal(await work(jobId), false);
    assert.equal((await paths('team').index.get()).size, progress.done);
    assert.equal((await get(jobId)).progress.done, progress.done);
  });
});
