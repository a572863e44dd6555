/**
 * Keeps writes out of a space that is being deleted: they ask in their own transaction, so there is no gap. And
 * ends that, where the mark of the deletion has expired.
 */
import { isDeleted } from '../core/access.ts';
import { permissionDenied } from '../errors.ts';
import type { Firestore } from './database.ts';
import { decodeSpace } from './directory-codec.ts';
import { isPast } from './keeping.ts';
import { type SpacePaths, tenantPaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';
import type { TransactionReads } from './transaction-reads.ts';

/**
 * Refuses a write whose caller was let in before the space was deleted.
 * @throws OperationError `permission-denied`, as the next call of the caller would get
 */
export async function refuseDeletedSpace(reads: TransactionReads, paths: SpacePaths): Promise<void> {
  const space = decodeSpace(await reads.document(paths.space));
  if (isDeleted(space?.kind ?? null)) throw permissionDenied();
}

/**
 * Frees the id of a shared space whose mark has expired, see `DEFAULTS.TOMBSTONE_MS`.
 * @throws Firestore's own error
 */
export function freeDeletedSpace(
  database: Firestore,
  address: { readonly tenantId: string; readonly spaceId: string },
  now: number,
): Promise<'removed' | 'kept'> {
  const { space } = tenantPaths(database, address.tenantId).space(address.spaceId);
  return runTransaction(database, async (transaction) => {
    const mark = await transaction.get(space);
    if (mark.get('kind') !== 'deleted' || !isPast(mark.get('expiresAt'), now)) return 'kept';
    transaction.delete(space);
    return 'removed';
  });
}
