/**
 * The building blocks of every request schema: ids, texts, times, metadata. They refuse what Firestore
 * would only refuse after seconds, or would store and never find again.
 */
import * as z from 'zod';
import { LIMITS } from '../config.ts';
import type { Json } from './types.ts';

/** Bytes of the UTF-8 form of a string. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** A string without lone surrogates, which have no UTF-8 form. */
const wellFormed = z.string().refine((text) => text.isWellFormed(), { params: { code: 'lone_surrogate' } });

const ID = /^[A-Za-z0-9_-]{1,128}$/;
const RESERVED_ID = /^__.*__$/;

/** True iff the string may be used as one segment of a Firestore path. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text) && !RESERVED_ID.test(text);
}

/** An id: one path segment, `[A-Za-z0-9_-]{1,128}`, never `__x__`. */
export const id = z.string().refine(isId, { params: { code: 'invalid_id' } });

/** A string of `min` … `max` bytes of UTF-8 without lone surrogates. */
export function boundedText(max: number, min = 1) {
  return wellFormed
    .refine((text) => utf8Bytes(text) <= max, { params: { code: 'too_big' } })
    .refine((text) => text.length >= min, { params: { code: 'too_small' } });
}

/** A short human-readable label: a name, a persona, a source. */
export const label = wellFormed.min(1).max(LIMITS.MAX_LABEL_LENGTH);

/** The text of a memory: not only white space, since that could never be found. */
export const memoryText = boundedText(LIMITS.MAX_TEXT_BYTES).refine((text) => text.trim() !== '', {
  params: { code: 'blank' },
});

/** An idempotency key. */
export const key = wellFormed.min(1).max(LIMITS.MAX_KEY_LENGTH);

/** The kind of a memory. */
export const kind = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/);

/** Who said a message. */
export const role = z.enum(['user', 'assistant', 'system', 'tool']);

const tag = wellFormed.min(1).max(LIMITS.MAX_TAG_LENGTH);

/** The tags of a memory as it is stored, by whomever. */
export const storedTags = z.array(tag).max(LIMITS.MAX_TAGS);

/** The one name of a counter that an answer cannot have: firebase-functions loses it, as JavaScript reserves it. */
const UNCOUNTABLE_TAG = '__proto__';

/** The tags of a memory; order and repetition carry no meaning and are removed when stored. */
export const tags = z
  .array(tag.refine((name) => name !== UNCOUNTABLE_TAG, { params: { code: 'reserved_tag' } }))
  .max(LIMITS.MAX_TAGS);

/** 0 … 1. */
export const importance = z.number().min(0).max(1);

/** A version of a memory. */
export const version = z.int().min(1);

/** Results of one page. */
export const pageLimit = z.int().min(1).max(LIMITS.MAX_PAGE);

/** A cursor; what it says is checked where it is opened. */
export const cursor = z.string().min(1).max(LIMITS.MAX_CURSOR_LENGTH);

/** A time in ISO 8601 UTC, in the years that Firestore can store. Any precision; kept in milliseconds. */
export const time = z.iso.datetime({ abort: true }).refine((text) => Date.parse(text) >= FIRST_TIME, {
  params: { code: 'too_small' },
});

/** Firestore's first timestamp. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');

/** Seconds from now until a memory expires. */
export const ttlSeconds = z.number().positive().max(LIMITS.MAX_TTL_SECONDS);

/** Metadata: JSON of at most 8 KiB and 3 levels whose keys can be named in a filter. */
export const metadata = z
  .custom<{ [key: string]: Json }>(isPlainObject, { params: { code: 'invalid_type' } })
  .superRefine((value, context) => {
    const flaw = metadataFlaw(value, 1);
    const code = flaw ?? (utf8Bytes(JSON.stringify(value)) > LIMITS.MAX_METADATA_BYTES ? 'too_big' : null);
    if (code !== null) context.addIssue({ code: 'custom', message: code, params: { code } });
  });

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the code of the first thing wrong with a metadata value at this level, or null. */
function metadataFlaw(value: unknown, level: number): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : 'lone_surrogate';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'not_finite';
  if (typeof value === 'boolean' || value === null) return null;
  if (typeof value !== 'object') return 'invalid_type';
  if (level > LIMITS.MAX_METADATA_DEPTH) return 'too_deep';
  if (Array.isArray(value)) {
    // Firestore cannot store an array directly inside an array.
    if (value.some(Array.isArray)) return 'nested_array';
    return firstFlaw(value, level);
  }
  const keys = Object.keys(value);
  const badKey = keys.some(
    (name) =>
      name === '' ||
      name.startsWith('__') ||
      /[./`]/.test(name) ||
      !name.isWellFormed() ||
      utf8Bytes(name) > LIMITS.MAX_METADATA_KEY_BYTES,
  );
  return badKey ? 'invalid_key' : firstFlaw(Object.values(value), level);
}

function firstFlaw(values: readonly unknown[], level: number): string | null {
  for (const value of values) {
    const flaw = metadataFlaw(value, level + 1);
    if (flaw !== null) return flaw;
  }
  return null;
}
