/** What a schedule takes up: jobs whose task was lost. */
import { JOBS } from '../config.ts';
import { type Firestore, Timestamp } from './database.ts';
import { everywhere, idsAlong } from './paths.ts';
import { translateError } from './translate-error.ts';

/** Where a job is. */
export interface JobAddress {
  readonly tenantId: string;
  readonly jobId: string;
}

/**
 * Enqueues again the jobs that have made no step for `JOBS.STALE_MS`, at most `JOBS.REVIVED` of them, the
 * longest forgotten first. One that still has its worker loses nothing: each step is made once.
 * @returns how many
 * @throws StorageError if the database fails, and whatever `enqueue` throws
 */
export async function reviveJobs(
  database: Firestore,
  enqueue: (address: JobAddress) => Promise<void>,
  now: number,
): Promise<number> {
  const { docs } = await forgotten(database, now);
  const addresses = docs.flatMap(({ ref }): JobAddress[] => {
    const [tenantId, jobId] = idsAlong(ref, ['tenants', 'jobs']) ?? [];
    return tenantId === undefined || jobId === undefined ? [] : [{ tenantId, jobId }];
  });
  for (const address of addresses) await enqueue(address);
  return addresses.length;
}

async function forgotten(database: Firestore, now: number) {
  try {
    return await everywhere(database, 'jobs')
      .where('state', 'in', ['queued', 'running'])
      .where('updatedAt', '<', Timestamp.fromMillis(now - JOBS.STALE_MS))
      .orderBy('updatedAt')
      .limit(JOBS.REVIVED)
      .select()
      .get();
  } catch (error) {
    throw translateError(error, { operation: 'job.revive', collection: 'jobs' });
  }
}
