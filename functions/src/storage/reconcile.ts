/**
 * Brings what is derived from one memory in line with it: the work of the trigger. It reads the truth
 * itself and trusts nothing that an event says, so events may come twice, late, in any order or not at all.
 */
import * as logger from 'firebase-functions/logger';
import { digest } from '../core/dedupe.ts';
import type { MemoryRecord } from '../core/memory.ts';
import { StorageError } from '../errors.ts';
import type { Embedder } from '../search/embedder.ts';
import type { DocumentSnapshot, Firestore, Timestamp, Transaction } from './database.ts';
import { writeLetter } from './dead-letters.ts';
import { EmbeddingCache } from './embeddings.ts';
import { forgettingPast } from './forget-by-hand.ts';
import { forgetMemory, type MemoryAddress } from './forget-memory.ts';
import { isPast } from './keeping.ts';
import { type DecodedMemory, decodeMemory, encodeMemory } from './memory-codec.ts';
import { type SpacePaths, tenantPaths } from './paths.ts';
import { reconcileWithoutLocks } from './reconcile-without-locks.ts';
import { isLeftOver, isStaged, stagedAmong } from './staging.ts';
import { translateError } from './translate-error.ts';
import { transact, writeDerived } from './write-path.ts';
import { transactionWriter } from './writer.ts';

/** For whom a memory is reconciled. */
export interface Occasion {
  /** A digest of the id of the event that asks for it, if any. */
  readonly event?: string;
  /** Aborted when nobody waits any more: then nothing new is begun. */
  readonly signal?: AbortSignal;
}

/**
 * Reconciles the index entry and the counters of one memory, and fills in the fields that a document written by hand
 * lacks: without a transaction where nothing is in the way, see `reconcile-without-locks.ts`, and otherwise in one.
 * Does nothing, at the cost of three reads, where all is well. Of an expired memory whose document is gone, as
 * Firestore's policy deletes it, it removes the revisions too. A damaged memory gets a dead letter; one that is
 * reconciled has none any more.
 * @param now milliseconds since the epoch
 * @throws the reason of the signal; StorageError if the database fails, or if the embedder does, in which case the
 *   memory is found by its words by then: the event is to be delivered again
 */
export async function reconcileMemory(
  database: Firestore,
  embedder: Embedder,
  address: MemoryAddress,
  now = Date.now(),
  { event = 'none', signal }: Occasion = {},
): Promise<void> {
  const paths = tenantPaths(database, address.tenantId).space(address.spaceId);
  const embeddings = new EmbeddingCache(embedder);
  const id = address.memoryId;
  try {
    const isDone = await reconcileWithoutLocks(database, embeddings, paths, id, signal);
    if (!isDone) await reconcileInTransaction(database, embeddings, { address, paths, now, event }, signal);
    if (embeddings.failure !== null) throw embeddings.failure;
  } catch (error) {
    throw translateError(error, { operation: 'memory.reconcile', collection: 'index' });
  }
}

/** All that may have to be done, whatever else is going on. */
async function reconcileInTransaction(
  database: Firestore,
  embeddings: EmbeddingCache,
  scene: { address: MemoryAddress; paths: SpacePaths; now: number; event: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { address, paths, now, event } = scene;
  const id = address.memoryId;
  const work = async (transaction: Transaction) => {
    signal?.throwIfAborted();
    const places = [paths.memory(id), paths.entry(id), paths.deadLetter(id)] as const;
    const [document, entry, letter] = await transaction.getAll(...places);
    if (document?.exists === false && isPast(entry?.get('expiresAt'), now)) return true;
    const staged = stagedAmong([document, entry]);
    if (document !== undefined && isStaged(document)) {
      if (isLeftOver(document, Date.now())) for (const left of staged) transaction.delete(left);
      return false;
    }
    const decoded = document === undefined ? null : decodeOrReport(document, paths);
    const states = [recordOf(decoded)];
    const forgetPast = await forgettingPast(transaction, paths, [{ entry, states }]);
    // Writes begin here.
    if (decoded instanceof StorageError && letter !== undefined) {
      const { code, details } = decoded;
      writeLetter(transaction, letter, { event, now, code, reason: details.reason });
    } else if (letter?.exists && embeddings.failure === null) transaction.delete(letter.ref);
    forgetPast(transaction);
    const sound = decoded instanceof StorageError ? null : decoded;
    writeReconciled(
      transaction,
      paths,
      { id, decoded: sound, entry, follows: document?.updateTime },
      embeddings,
    );
    return false;
  };
  const isOver = await transact(database, embeddings, work, signal);
  if (isOver) await forgetMemory(database, address, { now, isStopped: () => signal?.aborted === true });
}

/**
 * Writes what a memory lacks and what is derived from it, given what the transaction has read. `afresh`: as if
 * there were no entry, since it is not what it says. `follows`: when the memory was written last, where all that is
 * derived from it is written as well (see `isSettled`).
 * @throws EmbeddingNeeded if a vector is missing
 */
export function writeReconciled(
  transaction: Transaction,
  paths: SpacePaths,
  found: {
    readonly id: string;
    readonly decoded: DecodedMemory | null;
    readonly entry: DocumentSnapshot | undefined;
    readonly afresh?: boolean;
    readonly follows?: Timestamp | undefined;
  },
  embeddings: EmbeddingCache,
): void {
  const { id, decoded, entry, afresh = false, follows } = found;
  const change = { id, after: decoded?.record ?? null, ...(afresh && { afresh }) };
  const entries = entry === undefined ? [] : [entry];
  const unembedded = writeDerived(transactionWriter(transaction), paths, [change], entries, embeddings);
  if (decoded === null || decoded.complete) return;
  const isWhole = follows !== undefined && !unembedded.has(id);
  const document = { ...encodeMemory(decoded.record), ...(isWhole && { follows }) };
  transaction.set(paths.memory(id), document, { merge: true });
}

/** A damaged memory counts as none: it is not found and not counted until someone mends it. */
function recordOf(decoded: DecodedMemory | StorageError | null): MemoryRecord | null {
  return decoded === null || decoded instanceof StorageError ? null : decoded.record;
}

function decodeOrReport(document: DocumentSnapshot, paths: SpacePaths): DecodedMemory | StorageError | null {
  try {
    return decodeMemory(document, paths);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { code, details } = error;
    logger.error('damaged memory not indexed', { code, ...details, document: digest(document.ref.path) });
    return error;
  }
}
