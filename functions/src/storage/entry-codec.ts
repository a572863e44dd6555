/** Index entries as they are stored. An entry that cannot be read counts as none: it is derived again. */
import type { DocumentData, DocumentSnapshot } from 'firebase-admin/firestore';
import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import type { IndexEntry } from '../core/index-plan.ts';
import type { Counted } from '../core/stats.ts';
import { toTimestamp } from './memory-codec.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);
const strings = z.array(z.string());

const storedCounted = z.object({ bytes: z.number(), kind: z.string(), tags: strings });

/** What search reads of an entry: all but the vector, which `findNearest` alone needs. */
const storedCandidate = z.object({
  version: z.int(),
  importance: z.number(),
  occurredAt: stamp,
  expiresAt: stamp.nullable(),
  terms: strings,
  frequencies: z.array(z.int()),
  length: z.int(),
  semantic: z.instanceof(Uint8Array),
  tokens: z.instanceof(Uint8Array),
  embedder: z.string(),
  sessionId: z.string().nullable(),
  seq: z.int(),
  speaker: strings,
});

const storedEntry = storedCandidate.extend({
  fingerprint: z.string(),
  embedded: z.string(),
  meant: z.string(),
  contentHash: z.string(),
  kind: z.string(),
  tags: strings,
  counted: storedCounted,
  vector: z.custom<{ toArray(): number[] }>(
    (value) => typeof value === 'object' && value !== null && 'toArray' in value,
  ),
});

/** The fields that `decodeCandidate` needs, for `select()`. */
export const CANDIDATE_FIELDS = Object.keys(storedCandidate.shape);

/** An index entry without its vector, as search ranks it. */
export type Candidate = Pick<
  IndexEntry,
  | 'version'
  | 'importance'
  | 'occurredAt'
  | 'expiresAt'
  | 'terms'
  | 'frequencies'
  | 'length'
  | 'semantic'
  | 'tokens'
  | 'embedder'
  | 'sessionId'
  | 'seq'
  | 'speaker'
> & { readonly id: string };

/** Reads what search needs of an entry; null if it is not a sound one. */
export function decodeCandidate(snapshot: DocumentSnapshot): Candidate | null {
  const parsed = storedCandidate.safeParse(snapshot.data());
  if (!parsed.success) return null;
  return { ...parsed.data, id: snapshot.id, ...times(parsed.data) };
}

/** Reads an entry; null if there is none or it is not a sound one. */
export function decodeEntry(snapshot: DocumentSnapshot): IndexEntry | null {
  const parsed = storedEntry.safeParse(snapshot.data());
  if (!parsed.success) return null;
  return { ...parsed.data, ...times(parsed.data), vector: parsed.data.vector.toArray() };
}

/**
 * Reads how a memory was counted, also from an entry that is otherwise damaged, so that the counters stay
 * right when it is derived again; null if it was not counted.
 */
export function decodeCounted(snapshot: DocumentSnapshot): Counted | null {
  const parsed = storedCounted.safeParse(snapshot.get('counted'));
  return parsed.success ? parsed.data : null;
}

/** The document of an entry. */
export function encodeEntry(entry: IndexEntry): DocumentData {
  return {
    ...entry,
    occurredAt: toTimestamp(entry.occurredAt),
    expiresAt: entry.expiresAt === null ? null : toTimestamp(entry.expiresAt),
    counted: { ...entry.counted },
    semantic: Buffer.from(entry.semantic),
    tokens: Buffer.from(entry.tokens),
    vector: FieldValue.vector([...entry.vector]),
  };
}

function times(stored: { occurredAt: Timestamp; expiresAt: Timestamp | null }) {
  return {
    occurredAt: stored.occurredAt.toDate().toISOString(),
    expiresAt: stored.expiresAt?.toDate().toISOString() ?? null,
  };
}
