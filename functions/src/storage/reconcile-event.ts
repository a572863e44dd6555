/**
 * The work of the trigger: reconciles a memory, and sees to it that an event which can never succeed ends, in a
 * dead letter that says why, instead of being delivered again and again for a day.
 */
import * as logger from 'firebase-functions/logger';
import { DEAD_LETTERS } from '../config.ts';
import { digest } from '../core/dedupe.ts';
import type { Embedder } from '../search/embedder.ts';
import type { Firestore } from './database.ts';
import { countFailedAttempt } from './dead-letters.ts';
import type { MemoryAddress } from './forget-memory.ts';
import { reconcileMemory } from './reconcile.ts';
import { translateError } from './translate-error.ts';
import { withinDeadline } from './within-deadline.ts';

/** When an attempt takes place, and how long it may take; tests alone choose. */
export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly now?: number;
  /** Milliseconds; `DEAD_LETTERS.ATTEMPT_MS` by default. */
  readonly lastsMs?: number;
}

/** What the attempts are counted by of an event that has no id. */
const NAMELESS = 'nameless';

/**
 * Reconciles the memory that an event is about. Ends well too if the event is given up: after
 * `DEAD_LETTERS.MAX_TRIES` attempts, or at once if the memory is damaged. An attempt that does not end is one that
 * failed. One that the process does not survive is not counted: such an event comes again for as long as the platform
 * delivers it.
 * @param eventId the same whenever the event is delivered again
 * @throws StorageError, or AggregateError if the database cannot even be told of it: the event is then to be
 * delivered again
 */
export async function reconcileOnEvent(
  database: Firestore,
  embedder: Embedder,
  address: MemoryAddress,
  eventId: string | undefined,
  { now = Date.now(), lastsMs = DEAD_LETTERS.ATTEMPT_MS }: Attempt = {},
): Promise<void> {
  const event = digest(eventId ?? NAMELESS);
  try {
    await withinDeadline({ collection: 'index' }, { deadline: Date.now() + lastsMs }, ({ signal }) =>
      reconcileMemory(database, embedder, address, now, { event, signal }),
    );
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
