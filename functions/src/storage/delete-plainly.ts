/** Deletes documents of which nothing else is derived. */
import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Firestore } from './database.ts';

/** gRPC status numbers of a document that is gone or has been changed since it was read. */
const CHANGED: readonly unknown[] = [5, 9];

/**
 * Deletes each of the documents, in batches that the SDK makes and repeats where they fail. One that was
 * changed since it was read is kept.
 * @param failed called with each document that could not be deleted
 */
export async function deletePlainly<F>(
  database: Firestore,
  documents: readonly QueryDocumentSnapshot[],
  failed: (document: QueryDocumentSnapshot, error: unknown) => F,
): Promise<('removed' | 'kept' | F)[]> {
  const writer = database.bulkWriter();
  const outcomes = documents.map((document) =>
    writer.delete(document.ref, { lastUpdateTime: document.updateTime }).then(
      () => 'removed' as const,
      (error) => (CHANGED.includes(error.code) ? ('kept' as const) : failed(document, error)),
    ),
  );
  await writer.close();
  return Promise.all(outcomes);
}
