/** What a schedule takes up: jobs whose task was lost, and ids of deleted spaces that are free again. */
import { JOBS } from '../config.ts';
import { isId } from '../contract/primitives.ts';
import { type Firestore, Timestamp } from './database.ts';
import { everywhere } from './paths.ts';
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
  const addresses = docs.flatMap(({ id: jobId, ref }): JobAddress[] => {
    const tenantId = ref.parent.parent?.id ?? '';
    return isId(tenantId) && isId(jobId) ? [{ tenantId, jobId }] : [];
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

/**
 * Frees the ids of shared spaces that were deleted `DEFAULTS.TOMBSTONE_MS` ago, at most `JOBS.REVIVED`.
 * @returns how many
 * @throws StorageError if the database fails
 */
export async function freeDeletedSpaces(database: Firestore, now: number): Promise<number> {
  try {
    const { docs } = await everywhere(database, 'spaces')
      .where('expiresAt', '<=', Timestamp.fromMillis(now))
      .limit(JOBS.REVIVED)
      .get();
    const ended = docs.filter((space) => space.get('kind') === 'deleted');
    await Promise.all(ended.map(({ ref, updateTime }) => ref.delete({ lastUpdateTime: updateTime })));
    return ended.length;
  } catch (error) {
    throw translateError(error, { operation: 'space.free', collection: 'spaces' });
  }
}
