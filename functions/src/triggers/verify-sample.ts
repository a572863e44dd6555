/**
 * Every hour: verifies a part of what is derived, in all tenants, and mends it. A run that fails is not
 * repeated: the next one goes on at the same place.
 */
import * as logger from 'firebase-functions/logger';
import { onSchedule } from 'firebase-functions/v2/scheduler';
import { VERIFY } from '../config.ts';
import { databaseId, region } from '../params.ts';

/** The scheduled verification. */
export const verifySample = onSchedule(
  {
    schedule: VERIFY.SCHEDULE,
    region,
    memory: '1GiB',
    timeoutSeconds: VERIFY.TIMEOUT_SECONDS,
    maxInstances: 1,
    retryCount: 0,
  },
  async () => {
    const [{ openDatabase }, { embedder }, { verifySample: sample }] = await Promise.all([
      import('../storage/database.ts'),
      import('../search/instance-embedder.ts'),
      import('../storage/verify-sample.ts'),
    ]);
    const { cursors: _, ...found } = await sample(openDatabase(databaseId.value()), embedder);
    logger.info('verified', found);
  },
);
