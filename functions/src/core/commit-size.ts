/** How large a commit will be, told before anything is embedded, read or written. */
import { LIMITS } from '../config.ts';
import type { MemoryInput } from '../contract/types.ts';
import { ValidationError } from '../errors.ts';

/**
 * Bytes of an index entry besides its terms: 896 dimensions of 8 bytes and their tags, 384 of one byte,
 * digests, names and times.
 */
const ENTRY_BYTES = 10_000;

/** Bytes of a memory besides its text and metadata: names, times, ids, tags of up to 20 · 64 characters. */
const MEMORY_BYTES = 2_000;

/**
 * Refuses an add whose one commit would be larger than Firestore takes well. The text counts twice, for the
 * memory and for its terms in the index.
 * @param path where the memories stand in the request
 * @throws ValidationError (`invalid-argument`, reason `request-too-large`); nothing has been written
 */
export function refuseLargeCommit(
  inputs: readonly Pick<MemoryInput, 'text' | 'metadata'>[],
  path: string,
): void {
  let bytes = 0;
  for (const { text, metadata } of inputs) {
    const metadataBytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
    bytes += 2 * Buffer.byteLength(text) + metadataBytes + ENTRY_BYTES + MEMORY_BYTES;
  }
  if (bytes > LIMITS.MAX_COMMIT_BYTES)
    throw new ValidationError([{ path, code: 'too_big' }], 'request-too-large');
}
