/**
 * Tries memories again whose events were given up, or never came again. A change by a callable leaves the trigger
 * nothing to do, so it does not look whether there is a letter; what kept the events from succeeding may have passed
 * without any event; and the event by which someone mended or deleted a damaged memory may have been lost.
 */
import * as logger from 'firebase-functions/logger';
import { DEAD_LETTERS } from '../config.ts';
import type { Embedder } from '../search/embedder.ts';
import { type Firestore, type QueryDocumentSnapshot, Timestamp } from './database.ts';
import { letters } from './dead-letters.ts';
import type { MemoryAddress } from './forget-memory.ts';
import { idsAlong } from './paths.ts';
import { reconcileMemory } from './reconcile.ts';
import { translateError } from './translate-error.ts';

/** How many letters were tried, and how many of their memories are in order now. */
export interface Retried {
  readonly tried: number;
  readonly settled: number;
}

const SCENE = { operation: 'letters.retry', collection: 'index' } as const;

/**
 * Reconciles up to `DEAD_LETTERS.RETRIES` memories that have a letter and no event to come, beginning anywhere among
 * them; the letters of those that are in order then are gone. One that fails again keeps its letter, which then says
 * that it is dead, and stops no other.
 * @throws StorageError if the letters cannot be asked for
 */
export async function retryDeadLetters(
  database: Firestore,
  embedder: Embedder,
  now = Date.now(),
): Promise<Retried> {
  const found = await openLetters(database, now).catch((error: unknown) => {
    throw translateError(error, SCENE);
  });
  const open = found.flatMap((letter) => {
    const [tenantId, spaceId, memoryId] = idsAlong(letter.ref, ['tenants', 'spaces', 'deadLetters']) ?? [];
    if (tenantId === undefined || spaceId === undefined || memoryId === undefined) return [];
    return [{ letter, address: { tenantId, spaceId, memoryId } }];
  });
  const first = Math.floor(Math.random() * open.length);
  const chosen = [...open.slice(first), ...open.slice(0, first)].slice(0, DEAD_LETTERS.RETRIES);
  let settled = 0;
  for (const { letter, address } of chosen) {
    if (await isSettled(database, embedder, letter, address)) settled += 1;
  }
  return { tried: chosen.length, settled };
}

/** Those of events that were given up, and of those whose last attempt is so long ago that they are lost. */
async function openLetters(database: Firestore, now: number): Promise<QueryDocumentSnapshot[]> {
  const [dead, tried] = await Promise.all([
    letters(database, 'dead').limit(DEAD_LETTERS.MAX_COUNTED).get(),
    letters(database, 'tried').limit(DEAD_LETTERS.MAX_COUNTED).get(),
  ]);
  const isLost = (letter: QueryDocumentSnapshot) => {
    const lastAt: unknown = letter.get('lastAt');
    return !(lastAt instanceof Timestamp) || lastAt.toMillis() + DEAD_LETTERS.DELIVERY_MS < now;
  };
  return [...dead.docs, ...tried.docs.filter(isLost)];
}

/** Reconciles a memory; true iff it has no letter then. */
async function isSettled(
  database: Firestore,
  embedder: Embedder,
  { ref }: QueryDocumentSnapshot,
  address: MemoryAddress,
): Promise<boolean> {
  try {
    await reconcileMemory(database, embedder, address);
    return !(await ref.get()).exists;
  } catch (error) {
    const { code, details } = translateError(error, SCENE);
    logger.warn('memory with a dead letter failed again', { ...details, code });
  }
  await ref.update({ dead: true }).catch((error: unknown) => {
    const { code, details } = translateError(error, SCENE);
    logger.warn('letter not marked as dead', { ...details, code });
  });
  return false;
}
