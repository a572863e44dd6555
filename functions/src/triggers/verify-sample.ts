/**
 * Every hour: verifies a part of what is derived, in all tenants, and mends it; then tries memories again whose events
 * were given up. A run that fails is not
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
    const [{ openDatabase }, { embedder }, { verifySample: sample }, { retryDeadLetters }] =
      await Promise.all([
        import('../storage/database.ts'),
        import('../search/instance-embedder.ts'),
        import('../storage/verify-sample.ts'),
        import('../storage/retry-dead-letters.ts'),
      ]);
    const database = openDatabase(databaseId.value());
    const { cursors: _, ...found } = await sample(database, embedder);
    logger.info('verified', found);
    const letters = await retryDeadLetters(database, embedder);
    if (letters.tried > 0) logger.info('dead letters tried again', { letters });
  },
);
