/** How large a commit will be, told before anything is embedded, read or written. */
import { LIMITS } from '../config.ts';
import type { MemoryInput } from '../contract/types.ts';
import { ValidationError } from '../errors.ts';
import { MAX_TOKENS, TOKEN_DIMENSIONS } from './late-interaction.ts';
import { MAX_CHARACTER_TERMS, MAX_TERMS, termFrequencies, tokenize } from './tokens.ts';

/**
 * Bytes of an index entry besides its terms: 896 dimensions of 8 bytes and their tags, 384 of one byte,
 * digests, names and times.
 */
const ENTRY_BYTES = 10_000;

/** Bytes that the vectors of the tokens of a text take, at most: each token has a byte of the text or more. */
const tokenBytes = (textBytes: number) => Math.min(MAX_TOKENS, textBytes) * TOKEN_DIMENSIONS;

/** Bytes of a memory besides its text and metadata: names, times, ids, tags of up to 20 · 64 characters. */
const MEMORY_BYTES = 2_000;

/** Bytes of one term in an entry besides its characters: its frequency, and the tags of both. */
const TERM_BYTES = 10;

/** Terms take at most this many times the bytes of the text: single characters and pairs of them. */
const TERMS_PER_TEXT = 10;

/** Words take at most this many bytes, however long the text: of a language with long words. */
const MAX_WORDS_BYTES = MAX_TERMS * (TERM_BYTES + 30);

/** Characters and pairs take at most this many. */
const MAX_CHARACTERS_BYTES = MAX_CHARACTER_TERMS * (TERM_BYTES + 10);

type Sized = Pick<MemoryInput, 'text' | 'metadata'>;

/** Bytes that one staged memory takes in the transaction that shows it: its small fields, those of its entry. */
const FLIP_BYTES = 6_000;

/**
 * True iff an add fits into one commit of a size that Firestore takes well. The terms are counted only where
 * the request is so large that an upper bound does not settle it.
 */
export function fitsOneCommit(inputs: readonly Sized[]): boolean {
  const documents = sum(inputs, documentBytes);
  if (documents + sum(inputs, mostTermBytes) <= LIMITS.MAX_COMMIT_BYTES) return true;
  return (
    documents <= LIMITS.MAX_COMMIT_BYTES && documents + sum(inputs, termBytes) <= LIMITS.MAX_COMMIT_BYTES
  );
}

/** Divides an add into commits that each fit, as places of its memories in their order. */
export function commitsOf(inputs: readonly Sized[]): number[][] {
  const commits: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [place, input] of inputs.entries()) {
    // The upper bound: to count the terms of so much text takes seconds.
    const size = documentBytes(input) + mostTermBytes(input);
    if (bytes + size > LIMITS.MAX_COMMIT_BYTES) {
      commits.push([]);
      bytes = 0;
    }
    bytes += size;
    commits.at(-1)?.push(place);
  }
  return commits;
}

/**
 * Refuses an add whose transaction would be larger than Firestore takes well, although what could be staged
 * is: memories with ids that are in use.
 * @param whole what is not staged
 * @param staged how many memories are
 * @param path where the memories stand in the request
 * @throws ValidationError (`invalid-argument`, reason `request-too-large`); nothing has been added
 */
export function refuseLargeFlip(whole: readonly Sized[], staged: number, path: string): void {
  const bytes = sum(whole, documentBytes) + sum(whole, mostTermBytes) + staged * FLIP_BYTES;
  if (bytes <= LIMITS.MAX_COMMIT_BYTES) return;
  throw new ValidationError([{ path, code: 'too_big' }], 'request-too-large');
}

function documentBytes({ text, metadata }: Sized): number {
  const metadataBytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
  const textBytes = Buffer.byteLength(text);
  return textBytes + metadataBytes + tokenBytes(textBytes) + ENTRY_BYTES + MEMORY_BYTES;
}

function mostTermBytes({ text }: Sized): number {
  const bytes = Buffer.byteLength(text);
  // Whatever is written without spaces has two bytes more than units in each character of three or four.
  const unspaced = 2 * (bytes - text.length);
  const characters = Math.min(TERMS_PER_TEXT * unspaced, MAX_CHARACTERS_BYTES);
  return Math.min(TERMS_PER_TEXT * bytes, MAX_WORDS_BYTES + characters);
}

function termBytes({ text }: Sized): number {
  return sum([...termFrequencies(tokenize(text)).keys()], (term) => Buffer.byteLength(term) + TERM_BYTES);
}

function sum<T>(items: readonly T[], bytes: (item: T) => number): number {
  return items.reduce((total, item) => total + bytes(item), 0);
}
