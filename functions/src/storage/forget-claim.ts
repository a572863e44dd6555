/** Claims to contents of memories that are forgotten. */
import { contentHash } from '../core/dedupe.ts';
import { StorageError } from '../errors.ts';
import type { DocumentSnapshot, Transaction } from './database.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { decodeRevision } from './revisions.ts';

/** What is forgotten: a memory with its entry, and some of its revisions. */
export interface Forgetting {
  readonly id: string;
  /** The memory itself; undefined if it stays. */
  readonly memory?: DocumentSnapshot;
  readonly entry?: DocumentSnapshot;
  readonly revisions: readonly DocumentSnapshot[];
}

/**
 * Reads what becomes of the claims to the contents that are forgotten, and returns what writes it. A claim goes
 * if it names the memory; if the memory stays and still has the content, or another one has it, that one gets
 * it: where there is no claim, nobody has the content.
 */
export async function forgettingClaims(
  transaction: Transaction,
  paths: SpacePaths,
  forgetting: Forgetting,
): Promise<() => void> {
  const { id, memory } = forgetting;
  const hashes = contentHashes(paths, forgetting);
  if (hashes.length === 0) return () => undefined;
  const claims = await transaction.getAll(...hashes.map(paths.claim));
  const settled = claims.map(async (claim, place) => {
    if (claim.get('memoryId') !== id) return () => undefined;
    const alike = paths.index.where('contentHash', '==', hashes[place]).select().limit(2);
    const { docs } = await transaction.get(alike);
    const heir = docs.find((entry) => memory === undefined || entry.id !== id);
    if (heir === undefined) return () => void transaction.delete(claim.ref);
    return () => void transaction.set(claim.ref, { memoryId: heir.id });
  });
  const writes = await Promise.all(settled);
  return () => {
    for (const write of writes) write();
  };
}

function contentHashes(paths: SpacePaths, { id, memory, entry, revisions }: Forgetting): string[] {
  const stored: unknown = entry?.get('contentHash');
  return [
    ...new Set([
      ...(typeof stored === 'string' && CONTENT_HASH.test(stored) ? [stored] : []),
      ...(memory === undefined ? [] : hashOf(() => decodeMemory(memory, paths)?.record.memory)),
      ...revisions.flatMap((revision) => hashOf(() => decodeRevision(revision, id, paths).record?.memory)),
    ]),
  ];
}

/** A SHA-256 in base64url. */
export const CONTENT_HASH = /^[A-Za-z0-9_-]{43}$/;

/** The hash under which it may have claimed its content; what is damaged has none. */
function hashOf(read: () => Parameters<typeof contentHash>[0] | undefined): string[] {
  try {
    const memory = read();
    return memory === undefined ? [] : [contentHash(memory)];
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return [];
  }
}
