/**
 * The work of the trigger where nothing is in anybody's way: it reads without a transaction, so that no writer of the
 * memory waits for it, and either finds all in order or creates what is derived, in one commit that asks for no lock.
 * Whatever else there is to do is left to the transaction.
 *
 * Why that ends at the truth: the entry is created only where there is none, so it and its counts come once. Between
 * the read and the commit the memory may have changed, been deleted, or been deleted and put back, and the event of
 * that may have found no entry and nothing to do. So a commit that does not itself ask that the memory is the one
 * which was read is followed by another look, and what is not as it was goes to the transaction. A process that dies
 * before that has not ended its event, which comes again.
 *
 * In a space that is being deleted there are no counters, see `deleted-space.ts`: the commit fails without them. Where
 * there are, it adds to a collection that the deletion empties before the counters, and so begins again with.
 */
import { planIndex } from '../core/index-plan.ts';
import { StorageError } from '../errors.ts';
import type { DocumentSnapshot, Firestore } from './database.ts';
import { type EmbeddingCache, EmbeddingNeeded } from './embeddings.ts';
import { decodeEntry } from './entry-codec.ts';
import { type DecodedMemory, decodeMemory, encodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { isLeftOver, isStaged } from './staging.ts';
import { statusOf } from './translate-error.ts';
import { WORTH_A_TRANSACTION } from './worth-a-transaction.ts';
import { writeDerived } from './write-path.ts';
import { blindWriter } from './writer.ts';

/** A memory that is sound and whose derived documents are to be created. */
interface Creation {
  readonly document: DocumentSnapshot;
  readonly decoded: DecodedMemory;
}

/**
 * Reconciles a memory if that can be done without a transaction.
 * @returns false if it could not, or if it is not certain that it was: a transaction is to look again
 * @throws what Firestore throws if it is no use to try again
 */
export async function reconcileWithoutLocks(
  database: Firestore,
  embeddings: EmbeddingCache,
  paths: SpacePaths,
  id: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const todo = await look(database, embeddings, paths, id, signal);
  if (typeof todo === 'boolean') return todo;
  try {
    await create(database, embeddings, paths, todo, signal);
  } catch (error) {
    if (WORTH_A_TRANSACTION.has(statusOf(error))) return false;
    throw error;
  }
  return !todo.decoded.complete || (await isUnchanged(database, todo.document));
}

/** True: all is in order. False: there is something to do that is not a mere creation. */
async function look(
  database: Firestore,
  embeddings: EmbeddingCache,
  paths: SpacePaths,
  id: string,
  signal: AbortSignal | undefined,
): Promise<boolean | Creation> {
  const places = [paths.memory(id), paths.entry(id), paths.deadLetter(id)] as const;
  const [document, entry, letter] = await database.getAll(...places);
  if (document === undefined || entry === undefined || letter?.exists !== false) return false;
  if (!document.exists) return !entry.exists;
  if (isStaged(document)) return !isLeftOver(document, Date.now());
  const decoded = soundMemory(document, paths);
  if (decoded === null) return false;
  if (!entry.exists) return { document, decoded };
  const plan = planIndex(decoded.record, decodeEntry(entry), embeddings);
  // The transaction would find that out, and have to begin anew.
  if (plan.action === 'embed') await embeddings.prepare([plan.text], signal);
  return plan.action === 'none' && decoded.complete;
}

/** Null if it is damaged. */
function soundMemory(document: DocumentSnapshot, paths: SpacePaths): DecodedMemory | null {
  try {
    return decodeMemory(document, paths);
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

/** Commits what is derived. What completes a memory asks that nobody has changed it since it was read. */
async function create(
  database: Firestore,
  embeddings: EmbeddingCache,
  paths: SpacePaths,
  { document, decoded }: Creation,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { record, complete } = decoded;
  const derived = () => {
    const batch = database.batch();
    const unembedded = writeDerived(
      blindWriter(batch, 'any'),
      paths,
      [{ id: document.id, after: record }],
      [],
      embeddings,
    );
    return { batch, isWhole: unembedded.size === 0 };
  };
  const { batch, isWhole } = await withVectors(embeddings, derived, signal);
  if (!complete && document.updateTime !== undefined) {
    const lastUpdateTime = document.updateTime;
    // The event of this write has nothing to do, see `isSettled`.
    const follows = isWhole ? { follows: lastUpdateTime } : {};
    batch.update(document.ref, { ...encodeMemory(record), ...follows }, { lastUpdateTime });
  }
  await batch.commit();
}

/** Plans once more with the vector that turned out to be missing. */
async function withVectors<T>(
  embeddings: EmbeddingCache,
  plan: () => T,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return plan();
  } catch (error) {
    if (!(error instanceof EmbeddingNeeded)) throw error;
    await embeddings.prepare([error.text], signal);
    return plan();
  }
}

async function isUnchanged(database: Firestore, document: DocumentSnapshot): Promise<boolean> {
  const [present] = await database.getAll(document.ref, { fieldMask: ['version'] });
  return document.updateTime !== undefined && present?.updateTime?.isEqual(document.updateTime) === true;
}
