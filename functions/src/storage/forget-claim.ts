/** Claims to contents of memories that are forgotten. */
import type { Transaction } from './database.ts';
import type { SpacePaths } from './paths.ts';

/**
 * Reads what becomes of the claim to a content when this memory is forgotten, and returns what writes it. The
 * claim goes if it names the memory; if another memory has the same content, that one gets it: where there is
 * no claim, nobody has the content.
 */
export async function forgettingClaim(
  transaction: Transaction,
  paths: SpacePaths,
  contentHash: string | null,
  memoryId: string,
): Promise<() => void> {
  const nothing = () => undefined;
  if (contentHash === null) return nothing;
  const claim = await transaction.get(paths.claim(contentHash));
  if (claim.get('memoryId') !== memoryId) return nothing;
  const alike = paths.index.where('contentHash', '==', contentHash).select().limit(2);
  const heir = (await transaction.get(alike)).docs.find(({ id }) => id !== memoryId);
  if (heir === undefined) return () => void transaction.delete(claim.ref);
  return () => void transaction.set(claim.ref, { memoryId: heir.id });
}
