/**
 * The index entry of a memory and when it has to be written. An entry is derived: it says which state of
 * its memory it reflects, so the write path and the trigger plan the same way from whatever they find, and
 * an event that comes twice, late or never in order plans nothing.
 */
import type { Memory } from '../contract/types.ts';
import { contentHash, digest, digestOfBytes } from './dedupe.ts';
import { indexText } from './index-text.ts';
import { documentVector, quantize, signedBytes } from './joined-vector.ts';
import { encodeTokens, type TokenVector } from './late-interaction.ts';
import type { MemoryRecord } from './memory.ts';
import { speakerTerms } from './speaker.ts';
import { type Counted, countedAs } from './stats.ts';
import { termFrequencies, tokenize } from './tokens.ts';

/** What search, dedupe and the counters need to know of one memory. */
export interface IndexEntry {
  /** The version of the memory that the entry reflects. */
  readonly version: number;
  /** Digest of all that the entry is derived from: differs iff the entry is stale. */
  readonly fingerprint: string;
  /** The id of the embedder that made the semantic half, or `NO_EMBEDDER` while that is to be made. */
  readonly embedder: string;
  /** Digest of that embedder and of what it embedded: equal values need no new embedding. */
  readonly embedded: string;
  readonly contentHash: string;
  readonly kind: string;
  readonly sessionId: string | null;
  readonly tags: readonly string[];
  readonly importance: number;
  readonly occurredAt: string;
  readonly expiresAt: string | null;
  /** How the memory was counted, to be taken back from the counters when it changes. */
  readonly counted: Counted;
  /** The order of turns whose `occurredAt` is equal, see `MemoryRecord.seq`. */
  readonly seq: number;
  /** The terms of the name of who says it, see `speakerTerms`. */
  readonly speaker: readonly string[];
  /** Distinct stems, each with its frequency at the same place, and the number of all stems. */
  readonly terms: readonly string[];
  readonly frequencies: readonly number[];
  readonly length: number;
  /** The semantic vector in 8 bits, for the exact rerank; nothing while it is to be made. */
  readonly semantic: Uint8Array;
  /** The vectors of its words, see `encodeTokens`; nothing if its embedder tells none. */
  readonly tokens: Uint8Array;
  /** Digest of these two: what was changed by hand is neither taken for right nor kept. */
  readonly meant: string;
  /** The joined vector that `findNearest` scans. */
  readonly vector: readonly number[];
}

/**
 * What stands for the embedder in an entry whose memory could not be embedded yet: it is found by its words
 * alone. The id of no embedder.
 */
export const NO_EMBEDDER = 'none';

/** What an embedder makes of a text. */
export interface Embedding {
  readonly vector: readonly number[];
  /** The vectors of the tokens in it; absent where the embedder tells none. */
  readonly tokens?: readonly TokenVector[] | undefined;
  /** How far its model has learnt such texts as this one: above 0 … 1; absent where that is 1. */
  readonly known?: number | undefined;
}

/** A memory as it is indexed. */
export type Indexed = Pick<MemoryRecord, 'memory' | 'seq'>;

/** The semantic vector of a text, by the embedder that is configured. */
export interface Embeddings {
  /** Names the embedder and its version. */
  readonly embedderId: string;
  /**
   * Returns the embedding of a text that was announced by `textToEmbed`, undefined if it was not asked for, and
   * null if the embedder failed to make it.
   */
  of(text: string): Embedding | null | undefined;
}

/** What is to be done to the entry of a memory. `embed` asks for the vector of a text first. */
export type IndexPlan =
  | { readonly action: 'none' }
  | { readonly action: 'write'; readonly entry: IndexEntry }
  | { readonly action: 'delete' }
  | { readonly action: 'embed'; readonly text: string };

/** The text whose embedding the index of this memory needs. */
export function textToEmbed(memory: Memory): string {
  return indexText(memory).semantic;
}

/**
 * Decides what has to happen to the entry of a memory, given the truth and the entry as they are.
 * Returns `embed` iff a vector is needed that neither `embeddings` nor the present entry has. Where the
 * embedder failed to make it, the entry is one of words alone, until it can be made.
 */
export function planIndex(
  indexed: Indexed | null,
  entry: IndexEntry | null,
  embeddings: Embeddings,
): IndexPlan {
  if (indexed === null) return { action: entry === null ? 'none' : 'delete' };
  const text = textToEmbed(indexed.memory);
  const embedded = digest([embeddings.embedderId, text]);
  const fingerprint = fingerprintOf(indexed, embeddings.embedderId);
  if (entry?.fingerprint === fingerprint) return { action: 'none' };
  const isKept = entry?.embedded === embedded && entry.meant === digestOf(entry);
  const meaning = isKept ? entry : meant(text, embeddings);
  if (meaning === undefined) return { action: 'embed', text };
  if (meaning === null) return planWords(indexed, entry);
  const stamps = { embedder: embeddings.embedderId, embedded, fingerprint };
  return { action: 'write', entry: makeEntry(indexed, stamps, meaning) };
}

/** True iff the entry waits for its memory to be embedded. */
export function isPending(entry: Pick<IndexEntry, 'embedder'>): boolean {
  return entry.embedder === NO_EMBEDDER;
}

/** What an entry is told of the meaning of a text. */
type Meaning = Pick<IndexEntry, 'semantic' | 'tokens'>;

function digestOf({ semantic, tokens }: Meaning): string {
  return digestOfBytes([semantic, tokens]);
}

/** The entry of a memory that cannot be embedded now. */
function planWords(indexed: Indexed, entry: IndexEntry | null): IndexPlan {
  const fingerprint = fingerprintOf(indexed, NO_EMBEDDER);
  if (entry?.fingerprint === fingerprint) return { action: 'none' };
  const stamps = { embedder: NO_EMBEDDER, embedded: NO_EMBEDDER, fingerprint };
  const nothing = { semantic: new Uint8Array(), tokens: new Uint8Array() };
  return { action: 'write', entry: makeEntry(indexed, stamps, nothing) };
}

/** What the embedder made of a text; undefined if it was not asked, null if it failed. */
function meant(text: string, embeddings: Embeddings): Meaning | null | undefined {
  const embedding = embeddings.of(text);
  if (embedding === undefined || embedding === null) return embedding;
  const { vector, tokens = [] } = embedding;
  return { semantic: quantize(vector), tokens: encodeTokens(text, tokens) };
}

/**
 * Raised whenever an entry is derived in another way, so that old entries count as stale: they are rebuilt when their
 * memory changes, by verification, or by a job of the kind `reindex`.
 */
export const INDEX_FORMAT = 4;

function fingerprintOf({ memory, seq }: Indexed, embedderId: string): string {
  const { text, kind, role, sessionId, persona, tags, metadata, importance, occurredAt } = memory;
  const { expiresAt, version } = memory;
  return digest([
    INDEX_FORMAT,
    embedderId,
    { text, kind, role, sessionId, persona, tags, metadata, importance, occurredAt, expiresAt, version, seq },
  ]);
}

function makeEntry(
  { memory, seq }: Indexed,
  stamps: Pick<IndexEntry, 'embedder' | 'embedded' | 'fingerprint'>,
  { semantic, tokens }: Meaning,
): IndexEntry {
  const stems = tokenize(indexText(memory).lexical);
  const terms = termFrequencies(stems);
  return {
    version: memory.version,
    ...stamps,
    contentHash: contentHash(memory),
    kind: memory.kind,
    sessionId: memory.sessionId ?? null,
    tags: memory.tags,
    importance: memory.importance,
    occurredAt: memory.occurredAt,
    expiresAt: memory.expiresAt,
    counted: countedAs(memory),
    seq,
    speaker: speakerTerms(memory),
    terms: [...terms.keys()],
    frequencies: [...terms.values()],
    length: stems.length,
    semantic,
    tokens,
    meant: digestOf({ semantic, tokens }),
    // Of the bytes, not of what they were made of: what is derived again from an entry is the same.
    vector: documentVector(terms, stems.length, signedBytes(semantic)),
  };
}
