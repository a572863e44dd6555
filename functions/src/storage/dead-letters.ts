/** Dead letters as they are stored: one for each memory that could not be reconciled. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { DEAD_LETTERS } from '../config.ts';
import { countFailure, type DeadLetter, type FailedAttempt } from '../core/dead-letter.ts';
import type { Firestore, Query, Transaction } from './database.ts';
import type { MemoryAddress } from './forget-memory.ts';
import { everywhere, idsAlong, tenantPaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

/** What is read of a letter in order to count on; the rest is replaced by each failure. */
const storedLetter = z.object({
  attempts: z.int(),
  firstAt: stamp,
  dead: z.boolean(),
  tries: z.record(z.string(), z.int()),
});

/**
 * Writes that an attempt failed, in a transaction that has read the letter.
 * @returns whether the event is given up with it
 */
export function writeLetter(
  transaction: Transaction,
  snapshot: DocumentSnapshot,
  attempt: FailedAttempt,
): boolean {
  const { letter, isGivenUp } = countFailure(decodeBefore(snapshot, attempt), attempt);
  const { firstAt, lastAt, ...rest } = letter;
  const times = { firstAt: Timestamp.fromMillis(firstAt), lastAt: Timestamp.fromMillis(lastAt) };
  transaction.set(snapshot.ref, { ...rest, ...times });
  return isGivenUp;
}

/**
 * Counts an attempt that failed, in a transaction of its own. Of a memory of which neither the document nor the
 * entry is left, nothing is written: there is nothing that could be wrong, and its space may be gone too.
 * @returns whether the event is given up: false means that it is to be delivered again
 * @throws Firestore's own error
 */
export function countFailedAttempt(
  database: Firestore,
  { tenantId, spaceId, memoryId }: MemoryAddress,
  attempt: FailedAttempt,
): Promise<boolean> {
  const paths = tenantPaths(database, tenantId).space(spaceId);
  const references = [paths.memory(memoryId), paths.entry(memoryId), paths.deadLetter(memoryId)] as const;
  return runTransaction(database, async (transaction) => {
    const [memory, entry, letter] = await transaction.getAll(...references);
    if (letter === undefined || (memory?.exists !== true && entry?.exists !== true)) return false;
    return writeLetter(transaction, letter, attempt);
  });
}

/** How many memories there are whose events were given up. */
export interface DeadLetterCount {
  /** At most `DEAD_LETTERS.MAX_COUNTED`. */
  readonly count: number;
  /** False iff there may be more. */
  readonly isAll: boolean;
}

/**
 * Counts the dead letters of all spaces of all tenants. Reads one document for each of them, or one if there is
 * none.
 * @throws Firestore's own error
 */
export async function deadLetters(database: Firestore): Promise<DeadLetterCount> {
  const most = DEAD_LETTERS.MAX_COUNTED;
  const { docs } = await letters(database, 'dead').limit(most).get();
  const own = docs.filter(({ ref }) => idsAlong(ref, ['tenants', 'spaces', 'deadLetters']) !== null);
  return { count: own.length, isAll: docs.length < most };
}

/**
 * The letters of all spaces of all tenants, and others that are stored under the same name: of events that were given
 * up, or of those that are still to be delivered again, or were to be.
 */
export function letters(database: Firestore, of: 'dead' | 'tried'): Query {
  return everywhere(database, 'deadLetters')
    .where('dead', '==', of === 'dead')
    .select('lastAt');
}

/** The letter so far; null if there is none, or none that can be read: then counting begins anew. */
function decodeBefore(snapshot: DocumentSnapshot, { reason, code, now }: FailedAttempt): DeadLetter | null {
  const parsed = storedLetter.safeParse(snapshot.data());
  if (!parsed.success) return null;
  return { ...parsed.data, firstAt: parsed.data.firstAt.toMillis(), lastAt: now, reason, code };
}
