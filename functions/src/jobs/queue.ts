/** The queue of the workers: Cloud Tasks, through the function that takes its tasks. */
import { getFunctions } from 'firebase-admin/functions';
import { ConnectionError } from '../errors.ts';
import { region } from '../params.ts';
import type { JobAddress } from '../storage/forgotten-jobs.ts';
import { CLOUD_LOG, failureRecord, type OperationLog, tenantHash } from '../storage/operation-log.ts';

/** The name of the function that runs jobs, as `index.ts` registers it. */
const WORKER = 'job-run';

/**
 * Asks for a worker for a job. Two workers for one job do no harm. The database must have been opened.
 * @throws ConnectionError (`unavailable`, reason `queue-unavailable`): the job is stored, and is taken up by
 *   the schedule some minutes later
 */
export async function enqueueJob(
  { tenantId, jobId }: JobAddress,
  log: OperationLog = CLOUD_LOG,
): Promise<void> {
  try {
    const queue = getFunctions().taskQueue(`locations/${region.value()}/functions/${WORKER}`);
    await queue.enqueue({ tenantId, jobId });
  } catch (error) {
    const message = 'The job is stored, but its queue cannot be reached now. It will begin later.';
    const details = { reason: 'queue-unavailable', operation: 'job.enqueue', collection: 'jobs' };
    const failure = new ConnectionError('unavailable', message, details, error);
    const record = failureRecord(failure);
    if (record !== null) log.failed({ ...record, tenant: tenantHash(tenantId) });
    throw failure;
  }
}
