/**
 * Tries memories again whose events were given up. A change by a callable leaves the trigger nothing to do, so it does
 * not look whether there is a letter; and what kept the events from succeeding may have passed without any event.
 */
import * as logger from 'firebase-functions/logger';
import { DEAD_LETTERS } from '../config.ts';
import type { Embedder } from '../search/embedder.ts';
import type { Firestore } from './database.ts';
import { deadOnes } from './dead-letters.ts';
import { idsAlong } from './paths.ts';
import { reconcileMemory } from './reconcile.ts';
import { translateError } from './translate-error.ts';

/** How many letters were tried, and how many of their memories are in order now. */
export interface Retried {
  readonly tried: number;
  readonly settled: number;
}

/**
 * Reconciles up to `DEAD_LETTERS.RETRIES` memories that have a dead letter, beginning anywhere among them; the letters
 * of those that are in order then are gone. What is damaged is left out: whoever mends it makes an event. One that
 * fails again keeps its letter as it is, and stops no other.
 * @throws StorageError if the letters cannot be asked for
 */
export async function retryDeadLetters(database: Firestore, embedder: Embedder): Promise<Retried> {
  const scene = { operation: 'letters.retry', collection: 'index' } as const;
  const { docs } = await deadOnes(database)
    .limit(DEAD_LETTERS.MAX_COUNTED)
    .get()
    .catch((error: unknown) => {
      throw translateError(error, scene);
    });
  const open = docs.flatMap((letter) => {
    const [tenantId, spaceId, memoryId] = idsAlong(letter.ref, ['tenants', 'spaces', 'deadLetters']) ?? [];
    if (tenantId === undefined || spaceId === undefined || memoryId === undefined) return [];
    return letter.get('code') === 'data-loss' ? [] : [{ tenantId, spaceId, memoryId }];
  });
  const first = Math.floor(Math.random() * open.length);
  const chosen = [...open.slice(first), ...open.slice(0, first)].slice(0, DEAD_LETTERS.RETRIES);
  let settled = 0;
  for (const address of chosen) {
    try {
      await reconcileMemory(database, embedder, address);
      settled += 1;
    } catch (error) {
      const { code, details } = translateError(error, scene);
      logger.warn('memory with a dead letter failed again', { ...details, code });
    }
  }
  return { tried: chosen.length, settled };
}
