/** Keeps writes out of a space that is being deleted: they ask in their own transaction, so there is no gap. */
import { isDeleted } from '../core/access.ts';
import { permissionDenied } from '../errors.ts';
import { decodeSpace } from './directory-codec.ts';
import type { SpacePaths } from './paths.ts';
import type { TransactionReads } from './transaction-reads.ts';

/**
 * Refuses a write whose caller was let in before the space was deleted.
 * @throws OperationError `permission-denied`, as the next call of the caller would get
 */
export async function refuseDeletedSpace(reads: TransactionReads, paths: SpacePaths): Promise<void> {
  const space = decodeSpace(await reads.document(paths.space));
  if (isDeleted(space?.kind ?? null)) throw permissionDenied();
}
