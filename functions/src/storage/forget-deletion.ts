/**
 * What the sweeper does with a deletion whose retention is over. It is a revision with an `expiresAt`, and
 * the last one of its memory, unless the memory lives again: then its earlier life is history like any other,
 * but for a life that began only after the retention was over.
 */
import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { SWEEP } from '../config.ts';
import type { DocumentSnapshot, Firestore, Transaction } from './database.ts';
import { forgettingClaims } from './forget-claim.ts';
import { type Bounds, type Forgotten, forgetMemory, type MemoryAddress } from './forget-memory.ts';
import { isPast } from './keeping.ts';
import { type SpacePaths, tenantPaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';

/** What one transaction made of a deletion: `ended` leaves the rest to `forgetMemory`. */
type Step = 'ended' | 'cleared' | 'removed' | 'kept' | 'more';

/**
 * Forgets a deleted memory with all of its revisions once the retention of the deletion is over. Where the
 * memory lives again, takes away the mark of the deletion; or, where it was added anew after the retention
 * was over, all revisions up to the deletion.
 * @param revisionId the id of the deletion's revision
 * @throws Firestore's own error
 */
export async function forgetDeletion(
  database: Firestore,
  address: MemoryAddress,
  revisionId: string,
  bounds: Bounds,
): Promise<Forgotten> {
  const paths = tenantPaths(database, address.tenantId).space(address.spaceId);
  for (;;) {
    const step = await runTransaction(
      database,
      (transaction) => settle(transaction, paths, address.memoryId, revisionId, bounds),
      { maxAttempts: SWEEP.ATTEMPTS },
    );
    if (step === 'ended') return forgetMemory(database, address, bounds);
    if (step === 'removed') return 'removed';
    if (step !== 'more' || bounds.isStopped()) return 'kept';
  }
}

async function settle(
  transaction: Transaction,
  paths: SpacePaths,
  id: string,
  revisionId: string,
  { now, revisions: most = SWEEP.REVISIONS }: Bounds,
): Promise<Step> {
  const history = paths.revisions(id);
  const [deletion, memory] = await transaction.getAll(history.doc(revisionId), paths.memory(id));
  const ends: unknown = deletion?.get('expiresAt');
  const version: unknown = deletion?.get('version');
  if (deletion === undefined || memory === undefined || !isPast(ends, now)) return 'kept';
  if (!(ends instanceof Timestamp) || typeof version !== 'number') return 'kept';
  const { docs: newest } = await transaction.get(history.orderBy('version', 'desc').limit(1));
  if (!memory.exists && newest[0]?.id === revisionId) return 'ended';
  const next = await nextLife(transaction, paths, id, memory, version + 1);
  if (next === null || next.toMillis() < ends.toMillis()) {
    transaction.update(deletion.ref, { expiresAt: FieldValue.delete() });
    return 'cleared';
  }
  const older = history.where('version', '<=', version).orderBy('version');
  const { docs } = await transaction.get(older.limit(most));
  const forgetClaims = await forgettingClaims(transaction, paths, { id, revisions: docs });
  // The deletion is the newest of them: as long as one is left, so is the mark that brings the sweeper back.
  for (const revision of docs) transaction.delete(revision.ref);
  forgetClaims();
  return docs.some((revision) => revision.id === revisionId) ? 'removed' : 'more';
}

/** When the life began whose first version this is; null if that cannot be told. */
async function nextLife(
  transaction: Transaction,
  paths: SpacePaths,
  id: string,
  memory: DocumentSnapshot,
  version: number,
): Promise<Timestamp | null> {
  const isFirst = memory.exists && memory.get('version') === version;
  const began: unknown = isFirst
    ? memory.get('updatedAt')
    : (await transaction.get(paths.revision(id, version))).get('at');
  return began instanceof Timestamp ? began : null;
}
