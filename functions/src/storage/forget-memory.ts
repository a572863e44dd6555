/**
 * Removes all that is left of a memory whose time is over: the memory, its revisions, its index entry with
 * its counts, its claim. Each transaction looks again whether the time is over and takes what is always safe
 * to take, and what tells that there is still work goes last: so it may stop anywhere and be run again.
 */
import { SWEEP } from '../config.ts';
import { EMBEDS_NOTHING } from '../search/embedder.ts';
import type { DocumentSnapshot, Firestore, Transaction } from './database.ts';
import { EmbeddingCache } from './embeddings.ts';
import { forgettingClaims } from './forget-claim.ts';
import { forgettingSessions } from './forget-session.ts';
import { isPast } from './keeping.ts';
import { type SpacePaths, tenantPaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';
import { writeDerived } from './write-path.ts';
import { transactionWriter } from './writer.ts';

/** Which memory it is. */
export interface MemoryAddress {
  readonly tenantId: string;
  readonly spaceId: string;
  readonly memoryId: string;
}

/** Under what a sweep works. */
export interface Bounds {
  /** Milliseconds since the epoch: what expires later stays. */
  readonly now: number;
  /** Asked before each step that can be left to the next run. */
  isStopped(): boolean;
  /** Revisions that one transaction removes; `SWEEP.REVISIONS` by default. */
  readonly revisions?: number;
}

/** `kept`: its time is not over, or the work was stopped. */
export type Forgotten = 'removed' | 'kept';

/**
 * Forgets a memory if its time is over, see the head of this file.
 * @throws Firestore's own error
 */
export async function forgetMemory(
  database: Firestore,
  address: MemoryAddress,
  bounds: Bounds,
): Promise<Forgotten> {
  const paths = tenantPaths(database, address.tenantId).space(address.spaceId);
  for (;;) {
    const outcome = await runTransaction(
      database,
      (transaction) => attempt(transaction, paths, address.memoryId, bounds),
      { maxAttempts: SWEEP.ATTEMPTS },
    );
    if (outcome !== 'more') return outcome;
    if (bounds.isStopped()) return 'kept';
  }
}

async function attempt(
  transaction: Transaction,
  paths: SpacePaths,
  id: string,
  { now, revisions: most = SWEEP.REVISIONS }: Bounds,
): Promise<Forgotten | 'more'> {
  const [memory, entry] = await transaction.getAll(paths.memory(id), paths.entry(id));
  if (memory === undefined || entry === undefined) return 'kept';
  const history = paths.revisions(id);
  const last = memory.exists
    ? undefined
    : (await transaction.get(history.orderBy('version', 'desc').limit(1))).docs[0];
  if (!isOver(memory, entry, last, now)) return 'kept';
  const { docs } = await transaction.get(history.limit(most + 1));
  const isAll = docs.length <= most;
  const removed = docs.slice(0, most).filter((revision) => isAll || revision.id !== last?.id);
  const past = { id, revisions: removed };
  const [forgetClaims, forgetSessions] = await Promise.all([
    forgettingClaims(transaction, paths, isAll ? { ...past, memory, entry } : past),
    isAll ? forgettingSessions(transaction, paths, id, [memory, entry, ...removed]) : () => undefined,
  ]);
  // Writes begin here.
  for (const revision of removed) transaction.delete(revision.ref);
  forgetClaims();
  if (!isAll) return 'more';
  forgetSessions();
  transaction.delete(memory.ref);
  transaction.delete(paths.deadLetter(id));
  const writer = transactionWriter(transaction);
  writeDerived(writer, paths, [{ id, after: null }], [entry], new EmbeddingCache(EMBEDS_NOTHING));
  return 'removed';
}

/**
 * Whether the time of a memory is over, by the newest that is stored of it: the memory itself; its entry,
 * where Firestore or a person deleted the document alone; the deletion that its history ends with.
 */
function isOver(
  memory: DocumentSnapshot,
  entry: DocumentSnapshot,
  last: DocumentSnapshot | undefined,
  now: number,
): boolean {
  const newest = [memory, entry].find((document) => document.exists) ?? last;
  return isPast(newest?.get('expiresAt'), now);
}
