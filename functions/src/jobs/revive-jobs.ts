/** Every ten minutes: jobs whose task was lost go on, and ids of deleted spaces become free. */
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { databaseId, region } from '../params.ts';

/** The scheduled function. */
export const reviveJobs = onSchedule({ schedule: 'every 10 minutes', region, memory: '512MiB' }, async () => {
  const [{ openDatabase }, forgotten, { enqueueJob }] = await Promise.all([
    import('../storage/database.ts'),
    import('../storage/forgotten-jobs.ts'),
    import('./queue.ts'),
  ]);
  const database = openDatabase(databaseId.value());
  await forgotten.freeDeletedSpaces(database, Date.now());
  await forgotten.reviveJobs(database, enqueueJob, Date.now());
});
