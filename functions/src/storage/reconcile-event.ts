/**
 * The work of the trigger: reconciles a memory, and sees to it that an event which can never succeed ends, in a
 * dead letter that says why, instead of being delivered again and again for a day.
 */
import * as logger from 'firebase-functions/logger';
import { digest } from '../core/dedupe.ts';
import type { Embedder } from '../search/embedder.ts';
import type { Firestore } from './database.ts';
import { countFailedAttempt } from './dead-letters.ts';
import type { MemoryAddress } from './forget-memory.ts';
import { reconcileMemory } from './reconcile.ts';
import { translateError } from './translate-error.ts';

/** What the attempts are counted by of an event that has no id. */
const NAMELESS = 'nameless';

/**
 * Reconciles the memory that an event is about. Ends well too if the event is given up: after
 * `DEAD_LETTERS.MAX_TRIES` attempts, or at once if the memory is damaged.
 * @param eventId the same whenever the event is delivered again
 * @param now milliseconds since the epoch
 * @throws StorageError, or AggregateError if the database cannot even be told of it: the event is then to be
 * delivered again
 */
export async function reconcileOnEvent(
  database: Firestore,
  embedder: Embedder,
  address: MemoryAddress,
  eventId: string | undefined,
  now = Date.now(),
): Promise<void> {
  const event = digest(eventId ?? NAMELESS);
  try {
    await reconcileMemory(database, embedder, address, now, event);
  } catch (error) {
    const failure = translateError(error, { operation: 'memory.reconcile', collection: 'index' });
    const { code, details } = failure;
    const attempt = { event, now, code, reason: details.reason };
    const isGivenUp = await countFailedAttempt(database, address, attempt).catch((second: unknown) => {
      throw new AggregateError([failure, second], failure.message);
    });
    if (!isGivenUp) throw failure;
    const { tenantId, spaceId, memoryId } = address;
    const memory = digest([tenantId, spaceId, memoryId]);
    logger.error('memory given up by the trigger', { code, ...details, memory });
  }
}
