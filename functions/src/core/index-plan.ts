/**
 * The index entry of a memory and when it has to be written. An entry is derived: it says which state of
 * its memory it reflects, so the write path and the trigger plan the same way from whatever they find, and
 * an event that comes twice, late or never in order plans nothing.
 */
import type { Memory } from '../contract/types.ts';
import { contentHash, digest } from './dedupe.ts';
import { indexText } from './index-text.ts';
import { documentVector, quantize } from './joined-vector.ts';
import { type Counted, countedAs } from './stats.ts';
import { termFrequencies, tokenize } from './tokens.ts';

/** What search, dedupe and the counters need to know of one memory. */
export interface IndexEntry {
  /** The version of the memory that the entry reflects. */
  readonly version: number;
  /** Digest of all that the entry is derived from: differs iff the entry is stale. */
  readonly fingerprint: string;
  /** Which embedder made the semantic half, and of what: equal values need no new embedding. */
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
  /** Distinct stems, each with its frequency at the same place, and the number of all stems. */
  readonly terms: readonly string[];
  readonly frequencies: readonly number[];
  readonly length: number;
  /** The semantic vector in 8 bits, for the exact rerank. */
  readonly semantic: Uint8Array;
  /** The joined vector that `findNearest` scans. */
  readonly vector: readonly number[];
}

/** The semantic vector of a text, by the embedder that is configured. */
export interface Embeddings {
  /** Names the embedder and its version. */
  readonly embedderId: string;
  /** Returns the vector of a text that was announced by `textToEmbed`, or undefined. */
  of(text: string): readonly number[] | undefined;
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
 * Returns `embed` iff a vector is needed that neither `embeddings` nor the present entry has.
 */
export function planIndex(
  memory: Memory | null,
  entry: IndexEntry | null,
  embeddings: Embeddings,
): IndexPlan {
  if (memory === null) return { action: entry === null ? 'none' : 'delete' };
  const text = textToEmbed(memory);
  const embedded = digest([embeddings.embedderId, text]);
  const fingerprint = fingerprintOf(memory, embeddings.embedderId);
  if (entry?.fingerprint === fingerprint) return { action: 'none' };
  const semantic = entry?.embedded === embedded ? semanticPart(entry) : embeddings.of(text);
  if (semantic === undefined) return { action: 'embed', text };
  return { action: 'write', entry: makeEntry(memory, { embedded, fingerprint }, semantic) };
}

/** Raised whenever an entry is derived in another way, so that old entries count as stale. */
const INDEX_FORMAT = 1;

function fingerprintOf(memory: Memory, embedderId: string): string {
  const { text, kind, role, sessionId, tags, metadata, importance, occurredAt, expiresAt, version } = memory;
  return digest([
    INDEX_FORMAT,
    embedderId,
    { text, kind, role, sessionId, tags, metadata, importance, occurredAt, expiresAt, version },
  ]);
}

function makeEntry(
  memory: Memory,
  stamps: Pick<IndexEntry, 'embedded' | 'fingerprint'>,
  semantic: readonly number[],
): IndexEntry {
  const tokens = tokenize(indexText(memory).lexical);
  const terms = termFrequencies(tokens);
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
    terms: [...terms.keys()],
    frequencies: [...terms.values()],
    length: tokens.length,
    semantic: quantize(semantic),
    vector: documentVector(terms, tokens.length, semantic),
  };
}

/** The semantic half of a joined vector, behind its lexical half. */
function semanticPart(entry: IndexEntry): readonly number[] {
  return entry.vector.slice(-entry.semantic.length);
}
