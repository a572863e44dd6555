/** Every ten minutes: jobs whose task was lost go on. */
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { databaseId, region } from '../params.ts';

/** The scheduled function. */
export const reviveJobs = onSchedule({ schedule: 'every 10 minutes', region, memory: '512MiB' }, async () => {
  const [{ openDatabase }, forgotten, { enqueueJob }] = await Promise.all([
    import('../storage/database.ts'),
    import('../storage/forgotten-jobs.ts'),
    import('./queue.ts'),
  ]);
  await forgotten.reviveJobs(openDatabase(databaseId.value()), enqueueJob, Date.now());
});
