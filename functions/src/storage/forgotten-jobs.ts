/** What a schedule takes up: jobs whose task was lost, and those that nobody waits for any more. */
import { JOBS } from '../config.ts';
import { cancel } from '../core/job.ts';
import { type DocumentSnapshot, type Firestore, Timestamp } from './database.ts';
import { decodeJob, encodeJob } from './job-codec.ts';
import { everywhere, idsAlong } from './paths.ts';
import { isAbandoned } from './purge-step.ts';
import { runTransaction } from './run-transaction.ts';
import { translateError } from './translate-error.ts';

/** Where a job is. */
export interface JobAddress {
  readonly tenantId: string;
  readonly jobId: string;
}

/**
 * Enqueues again the jobs that have made no step for `JOBS.STALE_MS`, at most `JOBS.REVIVED` of them, the
 * longest forgotten first. One that still has its worker loses nothing: each step is made once. A purge that its
 * caller cannot know of is cancelled instead.
 * @returns how many were enqueued
 * @throws StorageError if the database fails, and whatever `enqueue` throws
 */
export async function reviveJobs(
  database: Firestore,
  enqueue: (address: JobAddress) => Promise<void>,
  now: number,
): Promise<number> {
  const { docs } = await forgotten(database, now);
  let enqueued = 0;
  for (const document of docs) {
    const [tenantId, jobId] = idsAlong(document.ref, ['tenants', 'jobs']) ?? [];
    if (tenantId === undefined || jobId === undefined) continue;
    const isOfCall = document.get('kind') === 'purge' && document.get('background') === false;
    if (isOfCall && (await endAbandoned(database, document, now))) continue;
    await enqueue({ tenantId, jobId });
    enqueued += 1;
  }
  return enqueued;
}

/** Cancels a job that is still abandoned; returns whether it was. */
async function endAbandoned(
  database: Firestore,
  { ref }: Pick<DocumentSnapshot, 'ref'>,
  now: number,
): Promise<boolean> {
  try {
    return await runTransaction(database, async (transaction) => {
      const job = decodeJob(await transaction.get(ref));
      if (job === null || !isAbandoned(job)) return false;
      transaction.set(ref, encodeJob(cancel(job, now)));
      return true;
    });
  } catch (error) {
    throw translateError(error, { operation: 'job.revive', collection: 'jobs' });
  }
}

async function forgotten(database: Firestore, now: number) {
  try {
    return await everywhere(database, 'jobs')
      .where('state', 'in', ['queued', 'running'])
      .where('updatedAt', '<', Timestamp.fromMillis(now - JOBS.STALE_MS))
      .orderBy('updatedAt')
      .limit(JOBS.REVIVED)
      .select('kind', 'background')
      .get();
  } catch (error) {
    throw translateError(error, { operation: 'job.revive', collection: 'jobs' });
  }
}
