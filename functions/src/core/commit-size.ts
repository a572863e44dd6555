/** How large a commit will be, told before anything is embedded, read or written. */
import { LIMITS } from '../config.ts';
import type { MemoryInput } from '../contract/types.ts';
import { ValidationError } from '../errors.ts';
import { MAX_TERMS, termFrequencies, tokenize } from './tokens.ts';

/**
 * Bytes of an index entry besides its terms: 896 dimensions of 8 bytes and their tags, 384 of one byte,
 * digests, names and times.
 */
const ENTRY_BYTES = 10_000;

/** Bytes of a memory besides its text and metadata: names, times, ids, tags of up to 20 · 64 characters. */
const MEMORY_BYTES = 2_000;

/** Bytes of one term in an entry besides its characters: its frequency, and the tags of both. */
const TERM_BYTES = 10;

/** Terms take at most this many times the bytes of the text: single characters and pairs of them. */
const TERMS_PER_TEXT = 10;

/** Terms take at most this many bytes, however long the text: of a language with long words. */
const MAX_TERMS_BYTES = MAX_TERMS * (TERM_BYTES + 30);

type Sized = Pick<MemoryInput, 'text' | 'metadata'>;

/**
 * Refuses an add whose one commit would be larger than Firestore takes well. The terms are counted only
 * where the request is so large that an upper bound does not settle it.
 * @param path where the memories stand in the request
 * @throws ValidationError (`invalid-argument`, reason `request-too-large`); nothing has been written
 */
export function refuseLargeCommit(inputs: readonly Sized[], path: string): void {
  const documents = sum(inputs, documentBytes);
  if (documents + sum(inputs, mostTermBytes) <= LIMITS.MAX_COMMIT_BYTES) return;
  if (documents <= LIMITS.MAX_COMMIT_BYTES && documents + sum(inputs, termBytes) <= LIMITS.MAX_COMMIT_BYTES)
    return;
  throw new ValidationError([{ path, code: 'too_big' }], 'request-too-large');
}

function documentBytes({ text, metadata }: Sized): number {
  const metadataBytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
  return Buffer.byteLength(text) + metadataBytes + ENTRY_BYTES + MEMORY_BYTES;
}

function mostTermBytes({ text }: Sized): number {
  return Math.min(TERMS_PER_TEXT * Buffer.byteLength(text), MAX_TERMS_BYTES);
}

function termBytes({ text }: Sized): number {
  return sum([...termFrequencies(tokenize(text)).keys()], (term) => Buffer.byteLength(term) + TERM_BYTES);
}

function sum<T>(items: readonly T[], bytes: (item: T) => number): number {
  return items.reduce((total, item) => total + bytes(item), 0);
}
