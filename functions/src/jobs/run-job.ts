/**
 * The worker: takes a job from the queue, makes its steps for a minute, and puts it back if there is more to
 * do. A task that fails is delivered again, and a job that failed too often has failed.
 */
import * as logger from 'firebase-functions/logger';
import { onTaskDispatched } from 'firebase-functions/v2/tasks';
import { JOBS } from '../config.ts';
import { databaseId, embedderSecrets, region } from '../params.ts';

/** The function of the queue; nobody else may call it. */
export const runJob = onTaskDispatched(
  {
    region,
    secrets: embedderSecrets,
    memory: '1GiB',
    timeoutSeconds: JOBS.TIMEOUT_SECONDS,
    retryConfig: { maxAttempts: JOBS.MAX_FAILURES, minBackoffSeconds: 5 },
    rateLimits: { maxConcurrentDispatches: 20 },
  },
  async ({ data }) => {
    const until = Date.now() + JOBS.RUN_MS;
    const [{ isId }, { embedder }, { openDatabase }, { workOn }, { enqueueJob }] = await Promise.all([
      import('../contract/primitives.ts'),
      import('../search/instance-embedder.ts'),
      import('../storage/database.ts'),
      import('../storage/job-runner.ts'),
      import('./queue.ts'),
    ]);
    const { tenantId, jobId } = { tenantId: String(data?.tenantId), jobId: String(data?.jobId) };
    if (![tenantId, jobId].every(isId)) {
      // Only this service puts tasks into the queue; delivering this one again would not help.
      logger.error('task without a job');
      return;
    }
    const isLeft = await workOn(openDatabase(databaseId.value()), embedder, { tenantId, jobId }, until);
    if (isLeft) await enqueueJob({ tenantId, jobId });
  },
);
