/**
 * How large a commit will be, told before anything is embedded, read or written. It is an upper bound of what
 * the SDK sends, tags of protocol buffers included: `test/unit/storage/commit-size.test.ts` weighs it.
 */
import { DEFAULTS, LIMITS } from '../config.ts';
import type { Json, MemoryInput } from '../contract/types.ts';
import { ValidationError } from '../errors.ts';
import { MAX_TOKENS, TOKEN_DIMENSIONS } from './late-interaction.ts';
import { speakerTerms } from './speaker.ts';
import { MAX_CHARACTER_TERMS, MAX_TERMS, termFrequencies, tokenize } from './tokens.ts';

/**
 * Bytes of the large fields of an index entry besides its terms: 896 dimensions of 11 bytes each, 384 of one byte,
 * the names of the fields.
 */
const VECTOR_BYTES = 10_350;

/** Bytes that the vectors of the tokens of a text take, at most: each token has a byte of the text or more. */
const tokenBytes = (textBytes: number) => Math.min(MAX_TOKENS, textBytes) * TOKEN_DIMENSIONS;

/**
 * Bytes of all else that is written with a memory: four documents whose paths have up to 550 bytes (memory, entry,
 * claim, session), nine ids of up to 128, digests, times, names of fields, the part of a receipt.
 */
const SMALL_BYTES = 4_000;

/** Bytes of a commit besides its memories: the document of a receipt, frames, the name of the database. */
const COMMIT_BYTES = 2_000;

/** Bytes of the names of the fields that fill in a staged memory and its entry: they are told once more. */
const MASK_BYTES = 1_000;

/**
 * How often a tag is written: in the memory, twice in the entry, and in the counters, whose paths of fields may
 * escape each of its characters.
 */
const TAG_COPIES = 5;

/** Bytes beside the characters of a tag for all of its copies. */
const TAG_BYTES = 60;

/** Bytes of a value in a document beside its characters: a number is the longest. */
const VALUE_BYTES = 13;

/** Bytes of one term in an entry besides its characters: its frequency, and the tags of both. */
const TERM_BYTES = 10;

/** Terms take at most this many times the bytes of the text: single characters and pairs of them. */
const TERMS_PER_TEXT = 12;

/** Words take at most this many bytes, however long the text: of a language with long words. */
const MAX_WORDS_BYTES = MAX_TERMS * (TERM_BYTES + 30);

/** Characters and pairs take at most this many. */
const MAX_CHARACTERS_BYTES = MAX_CHARACTER_TERMS * (TERM_BYTES + 10);

/** Bytes of the terms of the date, which stands before each text. */
const DATE_BYTES = 3 * (TERM_BYTES + 10);

type Sized = Pick<MemoryInput, 'text' | 'kind' | 'metadata' | 'tags' | 'persona' | 'source'>;

/**
 * True iff an add fits into one commit of a size that Firestore takes well. The terms are counted only where
 * the request is so large that an upper bound does not settle it.
 */
export function fitsOneCommit(inputs: readonly Sized[]): boolean {
  const documents = COMMIT_BYTES + sum(inputs, documentBytes);
  if (documents + sum(inputs, mostTermBytes) <= LIMITS.MAX_COMMIT_BYTES) return true;
  return documents <= LIMITS.MAX_COMMIT_BYTES && commitBytes(inputs) <= LIMITS.MAX_COMMIT_BYTES;
}

/** At most so many bytes does the commit of an add have. */
export function commitBytes(inputs: readonly Sized[]): number {
  return COMMIT_BYTES + sum(inputs, documentBytes) + sum(inputs, termBytes);
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
      bytes = COMMIT_BYTES;
    }
    bytes += size;
    commits.at(-1)?.push(place);
  }
  return commits;
}

/** True iff the transaction fits that shows staged memories, and writes those whole that are not staged. */
export function fitsFlip(whole: readonly Sized[], staged: readonly Sized[]): boolean {
  const wholeBytes = sum(whole, documentBytes) + sum(whole, mostTermBytes);
  const stagedBytes = sum(staged, smallBytes) + staged.length * MASK_BYTES;
  return COMMIT_BYTES + wholeBytes + stagedBytes <= LIMITS.MAX_COMMIT_BYTES;
}

/**
 * Refuses an add whose transaction would be larger than Firestore takes well, although what could be staged
 * is: memories with ids that are in use.
 * @param whole what cannot be staged
 * @param staged what can
 * @param path where the memories stand in the request
 * @throws ValidationError (`invalid-argument`, reason `request-too-large`); nothing has been added
 */
export function refuseLargeFlip(whole: readonly Sized[], staged: readonly Sized[], path: string): void {
  if (!fitsFlip(whole, staged)) throw new ValidationError([{ path, code: 'too_big' }], 'request-too-large');
}

function documentBytes(input: Sized): number {
  const textBytes = Buffer.byteLength(input.text);
  const metadataBytes = input.metadata === undefined ? 0 : valueBytes(input.metadata);
  return textBytes + metadataBytes + tokenBytes(textBytes) + VECTOR_BYTES + smallBytes(input);
}

/** What is not staged of a memory and its entry, counters and claim included. */
function smallBytes(input: Sized): number {
  const { text, kind = DEFAULTS.KIND, tags = [], persona, source = '' } = input;
  const tagBytes = sum(tags, (tag) => TAG_COPIES * Buffer.byteLength(tag) + TAG_BYTES);
  const speaker = speakerTerms({ text, kind, ...(persona !== undefined && { persona }) });
  const speakerBytes = sum(speaker, (term) => Buffer.byteLength(term) + TERM_BYTES);
  const labelBytes = Buffer.byteLength(persona ?? '') + Buffer.byteLength(source);
  return tagBytes + speakerBytes + labelBytes + SMALL_BYTES;
}

/** What a value takes in a document: of short numbers it is several times the JSON. */
function valueBytes(value: Json): number {
  if (typeof value === 'string') return VALUE_BYTES + Buffer.byteLength(value);
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  if (Array.isArray(value)) return VALUE_BYTES + sum(value, valueBytes);
  const entries = Object.entries(value);
  return (
    VALUE_BYTES + sum(entries, ([name, item]) => VALUE_BYTES + Buffer.byteLength(name) + valueBytes(item))
  );
}

function mostTermBytes({ text }: Sized): number {
  const bytes = Buffer.byteLength(text);
  // Whatever is written without spaces has two bytes more than units in each character of three or four.
  const unspaced = 2 * (bytes - text.length);
  const characters = Math.min(TERMS_PER_TEXT * unspaced, MAX_CHARACTERS_BYTES);
  return Math.min(TERMS_PER_TEXT * bytes, MAX_WORDS_BYTES + characters) + DATE_BYTES;
}

function termBytes({ text }: Sized): number {
  const terms = [...termFrequencies(tokenize(text)).keys()];
  return sum(terms, (term) => Buffer.byteLength(term) + TERM_BYTES) + DATE_BYTES;
}

function sum<T>(items: readonly T[], bytes: (item: T) => number): number {
  return items.reduce((total, item) => total + bytes(item), 0);
}
