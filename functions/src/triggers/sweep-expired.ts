/**
 * Every quarter of an hour: removes what has expired, with all that belongs to it. Needs Cloud Scheduler,
 * which `firebase deploy` sets up. A run that fails is not repeated: the next one does its work too.
 */
import * as logger from 'firebase-functions/logger';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { SWEEP } from '../config.ts';
import { databaseId, region } from '../params.ts';

/** The scheduled sweeper over the whole database. */
export const sweepExpired = onSchedule(
  {
    schedule: SWEEP.SCHEDULE,
    region,
    memory: '512MiB',
    timeoutSeconds: SWEEP.TIMEOUT_SECONDS,
    maxInstances: 1,
    retryCount: 0,
  },
  async () => {
    const [{ openDatabase }, { sweepExpired: sweep }] = await Promise.all([
      import('../storage/database.ts'),
      import('../storage/sweep.ts'),
    ]);
    const report = await sweep(openDatabase(databaseId.value()), { now: Date.now() });
    logger.info('swept', { report });
    const broken = Object.entries(report).filter(([, { error }]) => error !== undefined);
    // What went wrong is in the log; this makes the run one that failed, for whoever watches the schedule.
    if (broken.length > 0) throw new Error(`not swept: ${broken.map(([kind]) => kind).join(', ')}`);
  },
);
