/** Runs jobs step by step, within a call or in the background. */
import type { JobKind } from '../contract/types.ts';
import { canMaintainSpace, canUseSpace, type SpaceFacts, type Standing } from '../core/access.ts';
import { fail, hasEnded, isMaintenance, type JobRecord } from '../core/job.ts';
import { permissionDenied } from '../errors.ts';
import type { Embedder } from '../search/embedder.ts';
import type { Firestore } from './database.ts';
import { EmbeddingCache } from './embeddings.ts';
import { decodeJob, encodeJob } from './job-codec.ts';
import { type JobScene, type JobStep, readForStep } from './job-step.ts';
import { tenantPaths } from './paths.ts';
import { purgeStep } from './purge-step.ts';
import { runTransaction } from './run-transaction.ts';
import { deleteSpaceStep } from './space-deletion-step.ts';
import { TenantDirectory } from './tenant-directory.ts';
import { withReads } from './transaction-reads.ts';
import { translateError } from './translate-error.ts';
import { repairStep, verifyStep } from './verify-step.ts';

const STEPS: Readonly<Record<JobKind, JobStep>> = {
  purge: purgeStep,
  'delete-space': deleteSpaceStep,
  verify: verifyStep,
  repair: repairStep,
  reindex: repairStep,
};

/** Where a run ends, though the job has not. */
export interface RunBounds {
  /** Milliseconds since the epoch. */
  readonly until?: number;
  /** Documents that the run looks at or deletes. */
  readonly maxDocuments?: number;
}

/** Makes steps until the job has ended or a bound is reached, and returns the job as it is stored then. */
export async function runJob(scene: JobScene, job: JobRecord, bounds: RunBounds): Promise<JobRecord> {
  const { until = Number.POSITIVE_INFINITY, maxDocuments = Number.POSITIVE_INFINITY } = bounds;
  const enough = job.progress.done + maxDocuments;
  let present = job;
  while (!hasEnded(present) && present.progress.done < enough && Date.now() < until) {
    scene.signal?.throwIfAborted();
    present = await STEPS[present.kind](scene, present);
  }
  return present;
}

/** Leaves a job to the background: from now on its calls answer with its id. */
export function handOver(scene: JobScene, job: JobRecord, total: number | null): Promise<JobRecord> {
  return runTransaction(scene.database, async (transaction) => {
    const { present } = await withReads(transaction, (reads) => readForStep(reads, scene.paths, job));
    if (present.background || hasEnded(present)) return present;
    const next = { ...present, background: true, progress: { ...present.progress, total } };
    transaction.set(scene.paths.job(job.id), encodeJob(next));
    return next;
  });
}

/**
 * Works on a job in the background for a while. What a step fails with is counted in the job, which has
 * failed itself after `JOBS.MAX_FAILURES` in a row.
 * @returns whether the job still has something to do
 * @throws StorageError if a step failed and is to be tried again
 */
export async function workOn(
  database: Firestore,
  embedder: Embedder,
  address: { readonly tenantId: string; readonly jobId: string },
  until: number,
): Promise<boolean> {
  const paths = tenantPaths(database, address.tenantId);
  const scene = { database, paths, embeddings: new EmbeddingCache(embedder), now: Date.now };
  const job = decodeJob(await paths.job(address.jobId).get());
  if (job === null || hasEnded(job)) return false;
  try {
    await refuseUnlessAllowed(scene, job);
    return !hasEnded(await runJob(scene, job, { until }));
  } catch (error) {
    const { code, message, details } = translateError(error, { operation: 'job.run', collection: 'jobs' });
    const failed = await countFailure(scene, job, { code, message, reason: details.reason });
    if (failed === null || hasEnded(failed)) return false;
    throw error;
  }
}

/**
 * A job has no more rights than its creator has now. A deletion that has begun goes on: its space is closed
 * to everybody, whoever began it.
 */
async function refuseUnlessAllowed({ database, paths }: JobScene, job: JobRecord): Promise<void> {
  if (job.kind === 'delete-space') return;
  const directory = new TenantDirectory(database, paths.tenantId);
  const { standing, spaces } = await directory.admit([job.space], { actor: job.createdBy, now: Date.now() });
  const may = isMaintenance(job) ? canMaintainSpace : canWriteSpace;
  if (!spaces.every((space) => may(standing, space))) throw permissionDenied();
}

const canWriteSpace = (standing: Standing, space: SpaceFacts) => canUseSpace(standing, space, 'write');

function countFailure(
  scene: JobScene,
  job: JobRecord,
  error: { readonly code: string; readonly reason: string; readonly message: string },
): Promise<JobRecord | null> {
  return runTransaction(scene.database, async (transaction) => {
    const present = decodeJob(await transaction.get(scene.paths.job(job.id)));
    if (present === null || hasEnded(present)) return present;
    const next = fail(present, error, scene.now());
    transaction.set(scene.paths.job(job.id), encodeJob(next));
    return next;
  });
}
