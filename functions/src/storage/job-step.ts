/** What every step of a job shares: one transaction that reads the job, does its part, and saves how far it is. */
import type { JobRecord } from '../core/job.ts';
import { hasEnded } from '../core/job.ts';
import { jobNotFound } from '../errors.ts';
import type { Firestore } from './database.ts';
import type { EmbeddingCache } from './embeddings.ts';
import { decodeJob } from './job-codec.ts';
import type { TenantPaths } from './paths.ts';
import type { TransactionReads } from './transaction-reads.ts';

/** Where the jobs of one tenant are done. */
export interface JobScene {
  readonly database: Firestore;
  readonly paths: TenantPaths;
  readonly embeddings: EmbeddingCache;
  /** Milliseconds since the epoch at which what is done counts as done. */
  now(): number;
  /** Aborted when nobody waits for the steps any more. */
  readonly signal?: AbortSignal;
}

/** Makes one step and returns the job as it is stored then; makes none if somebody else was faster. */
export type JobStep = (scene: JobScene, job: JobRecord) => Promise<JobRecord>;

/**
 * Reads the job in the transaction of a step. The step is due only if nobody made it, and nobody ended the
 * job, since it was prepared; this also ends a transaction that runs again because its answer was lost.
 * @throws OperationError (`not-found`) if the job is gone
 */
export async function readForStep(
  reads: TransactionReads,
  paths: TenantPaths,
  job: JobRecord,
): Promise<{ readonly present: JobRecord; readonly isDue: boolean }> {
  const present = decodeJob(await reads.document(paths.job(job.id)));
  if (present === null) throw jobNotFound();
  return { present, isDue: !hasEnded(present) && present.step === job.step };
}
