/** Deletions of spaces: closing the space, and emptying it within the call or in the background. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { SPACE_DELETION } from '../config.ts';
import type { SpaceDeleteResponse } from '../contract/types.ts';
import { canDeleteSpace, isMember } from '../core/access.ts';
import { digest } from '../core/dedupe.ts';
import { createJob, hasEnded, type JobRecord } from '../core/job.ts';
import { OperationError, permissionDenied } from '../errors.ts';
import { EMBEDS_NOTHING } from '../search/embedder.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Transaction } from './database.ts';
import { decodeSpace } from './directory-codec.ts';
import { EmbeddingCache } from './embeddings.ts';
import { decodeJob, encodeJob } from './job-codec.ts';
import { handOver, runJob } from './job-runner.ts';
import type { JobScene } from './job-step.ts';
import type { TenantPaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';
import { readTally } from './space-deletion-step.ts';
import { readStanding } from './standing.ts';
import { statsShards } from './stats-shards.ts';

/** Deletes a space with all that is in it; see `SpaceDirectory` for who may, and what it throws. */
export async function deleteSpace(
  { database, paths }: Pick<JobScene, 'database' | 'paths'>,
  spaceId: string,
  key: string | undefined,
  call: CallContext,
): Promise<SpaceDeleteResponse> {
  const { signal } = call;
  const embeddings = new EmbeddingCache(EMBEDS_NOTHING);
  const scene = { database, paths, embeddings, now: () => call.now, ...(signal && { signal }) };
  // Chosen once, so that a transaction that runs again finds what it has begun.
  const jobId = key === undefined ? paths.jobs.doc().id : deletionJobId(spaceId, key, call.actor);
  const { job, replayed } = await runTransaction(database, (transaction) =>
    begin(transaction, paths, { spaceId, jobId, isKeyed: key !== undefined }, call),
  );
  const again = replayed && { replayed };
  if (job.background) return { jobId: job.id, ...again };
  const run = await runJob(scene, job, { maxDocuments: SPACE_DELETION.MAX_DOCUMENTS });
  const left = hasEnded(run) ? run : await handOver(scene, run, null);
  if (!hasEnded(left)) return { jobId: left.id, ...again };
  if (left.state === 'succeeded') return { id: spaceId, deleted: readTally(left.result).deleted, ...again };
  throw new OperationError('aborted', 'The deletion failed. Try again.', {
    reason: 'job-ended',
    collection: 'jobs',
  });
}

/** The receipts of a space go with it, so a deletion is found again by the id of its job. */
export function deletionJobId(spaceId: string, key: string, actor: string): string {
  return `d${digest(['space.delete', actor, spaceId, key])}`;
}

/** Closes the space and writes the job; or finds the job that was written before. */
async function begin(
  transaction: Transaction,
  paths: TenantPaths,
  { spaceId, jobId, isKeyed }: { spaceId: string; jobId: string; isKeyed: boolean },
  call: CallContext,
): Promise<{ job: JobRecord; replayed: boolean }> {
  const { space } = paths.space(spaceId);
  const [standing, found, own] = await Promise.all([
    readStanding(transaction, paths, call),
    transaction.get(space),
    transaction.get(paths.job(jobId)),
  ]);
  if (!isMember(standing)) throw permissionDenied();
  const before = decodeJob(own);
  const isRetried = before?.state === 'failed';
  if (before !== null && !isRetried) return { job: before, replayed: isKeyed };
  const kind = kindBefore(found);
  if (!canDeleteSpace(standing, { id: spaceId, kind })) throw permissionDenied();
  const present = await underWay(transaction, paths, found);
  if (present !== null) return { job: present, replayed: false };
  const personal = kind !== 'shared';
  const job = createJob({ id: jobId, kind: 'delete-space', space: spaceId, personal, input: {} }, call);
  transaction.set(space, { kind: 'deleting', was: personal ? 'personal' : 'shared', jobId });
  // Adds that read nothing presume the counters: without them they ask, and are refused.
  for (const shard of statsShards(paths.space(spaceId))) transaction.delete(shard);
  transaction.set(paths.job(jobId), encodeJob(job));
  return { job, replayed: false };
}

/** What kind of space it is, or was before its deletion began; null for a personal one without a document. */
function kindBefore(space: DocumentSnapshot): string | null {
  const kind = space.exists ? (decodeSpace(space)?.kind ?? '') : null;
  if (kind !== 'deleting') return kind;
  const was: unknown = space.get('was');
  return typeof was === 'string' ? was : '';
}

/** The deletion of the space that is under way, or null. */
async function underWay(
  transaction: Transaction,
  paths: TenantPaths,
  space: DocumentSnapshot,
): Promise<JobRecord | null> {
  const jobId: unknown = space.get('jobId');
  if (decodeSpace(space)?.kind !== 'deleting' || typeof jobId !== 'string') return null;
  const job = decodeJob(await transaction.get(paths.job(jobId)));
  return job === null || hasEnded(job) ? null : job;
}
