/** Purges: those that a call can do itself, and those that it leaves to the background. */
import { PURGE } from '../config.ts';
import type { Memory, MemoryPurgeRequest, MemoryPurgeResponse, PurgeResult } from '../contract/types.ts';
import { hasEnded, type JobRecord } from '../core/job.ts';
import { parsePurgeFilter } from '../core/purge-filter.ts';
import { OperationError, StorageError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import { handOver, runJob } from './job-runner.ts';
import type { JobScene } from './job-step.ts';
import type { Keeping } from './keeping.ts';
import type { Body } from './memory-manager.ts';
import type { SpacePaths } from './paths.ts';
import { type PurgeInput, purgeQuery, purgeTally, readChunk, restOfPurge } from './purge-step.ts';
import { readVersion } from './revisions.ts';
import { startJob } from './start-job.ts';

/**
 * Deletes or counts the memories of a space that pass the filter and were created before the call. It is a
 * job from the beginning, whose steps are made here; so a call that is repeated with its key goes on where
 * the one before it ended. Only what is merely counted, without a key, needs no job where it is short.
 * @param jobId the id of the job if it is a new one: the same for all tries of a call
 * @throws StorageError see `MemoryManager`
 */
export async function purgeMemories(
  base: Pick<JobScene, 'database' | 'paths' | 'embeddings'> & { readonly keeping: Keeping },
  spaceId: string,
  request: Body<MemoryPurgeRequest>,
  jobId: string,
  call: CallContext,
): Promise<MemoryPurgeResponse> {
  const { filter, dryRun = true, key } = request;
  const tree = parsePurgeFilter(filter);
  const isKeyed = key !== undefined;
  const input: PurgeInput = { filter, dryRun, before: call.now, keeping: base.keeping, isKeyed };
  const paths = base.paths.space(spaceId);
  if (dryRun && key === undefined) {
    const counted = await countMatches(paths, tree, call);
    if (counted !== null) return counted;
  }
  const scene = { ...base, now: () => call.now, ...(call.signal && { signal: call.signal }) };
  const wanted = { id: jobId, kind: 'purge', space: spaceId, input } as const;
  const identity = { operation: 'memory.purge', key, body: [filter, dryRun] };
  const { job, replayed } = await startJob(scene, wanted, identity, base.keeping, call);
  const again = replayed && { replayed };
  if (job.background) return { jobId: job.id, ...again };
  const run = await runJob(scene, job, { maxDocuments: PURGE.MAX_DOCUMENTS });
  if (hasEnded(run)) return { ...(await endedPurge(paths, run, call)), ...again };
  const { count } = (await restOfPurge(paths, run).count().get()).data();
  const left = await handOver(scene, run, run.progress.done + count);
  return left.background
    ? { jobId: left.id, ...again }
    : { ...(await endedPurge(paths, left, call)), ...again };
}

/** What the purge would do; null if there is more to look at than a call may. */
async function countMatches(
  paths: SpacePaths,
  tree: ReturnType<typeof parsePurgeFilter>,
  { now, signal }: CallContext,
): Promise<PurgeResult | null> {
  const query = purgeQuery(paths, tree, now);
  const sample: Memory[] = [];
  let matched = 0;
  let after = null;
  for (let looked = 0; looked < PURGE.MAX_DOCUMENTS; ) {
    signal?.throwIfAborted();
    const bounds = { paths, now, most: Number.POSITIVE_INFINITY };
    const chunk = await readChunk(query, tree, after, bounds);
    matched += chunk.matches.length;
    sample.push(...chunk.matches.slice(0, PURGE.SAMPLE - sample.length));
    if (chunk.isLast) return { matched, sample, deleted: 0 };
    ({ after } = chunk);
    looked += chunk.looked;
  }
  return null;
}

/** The answer of a purge that has ended within its call. */
async function endedPurge(paths: SpacePaths, job: JobRecord, call: CallContext): Promise<PurgeResult> {
  if (job.state === 'succeeded') return purgeResult(paths, job.result, call);
  throw new OperationError('cancelled', 'The purge ended before it was done; what it had deleted is gone.', {
    reason: 'job-ended',
    collection: 'jobs',
  });
}

/**
 * What a purge has come to. Its sample is read from the memories, or from their past where they are deleted;
 * one that is gone for good is left out, and so is one that has expired, or whose retention is over.
 */
export async function purgeResult(
  paths: SpacePaths,
  stored: unknown,
  call: Pick<CallContext, 'now'>,
): Promise<PurgeResult> {
  const { matched, deleted, sample } = purgeTally.parse(stored);
  const shown = await Promise.all(sample.map((asked) => readSound(paths, asked, call)));
  return { matched, sample: shown.filter((memory) => memory !== null), deleted };
}

async function readSound(
  paths: SpacePaths,
  asked: { readonly id: string; readonly version: number },
  call: Pick<CallContext, 'now'>,
): Promise<Memory | null> {
  try {
    return await readVersion(paths, asked, call);
  } catch (error) {
    // Damaged by hand since it was looked at: nothing that can be shown.
    if (error instanceof StorageError && error.code === 'data-loss') return null;
    throw error;
  }
}
