/** Every ten minutes: carries out the commands whose event was lost. */
import * as logger from 'firebase-functions/logger';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { databaseId, embedderSecrets, region } from '../params.ts';

/** Seconds that one search may take; ten less are used. */
const TIMEOUT_SECONDS = 300;

/** The schedule of the search for lost commands. */
export const deliverCommands = onSchedule(
  {
    schedule: 'every 10 minutes',
    region,
    secrets: embedderSecrets,
    memory: '1GiB',
    timeoutSeconds: TIMEOUT_SECONDS,
  },
  async () => {
    const [{ deliverLost }, { openDatabase }] = await Promise.all([
      import('../inbox/deliver-lost.ts'),
      import('../storage/database.ts'),
    ]);
    const until = Date.now() + (TIMEOUT_SECONDS - 10) * 1000;
    const report = await deliverLost({ database: openDatabase(databaseId.value()), until });
    if (report.found > 0) logger.warn('commands found that no event had carried out', report);
  },
);
