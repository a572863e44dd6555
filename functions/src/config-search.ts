/** The limits of search and of embedding, each with its unit and where it comes from: a part of `config.ts`. */

const KIB = 1024;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How much one search may read in each space. */
export const SEARCH = {
  /**
   * Entries that `findNearest` returns, or as many as a search may return, if that is more. Measured on LoCoMo's
   * development half, whose spaces have some 600: with 100 R@10 79.3, hit@10 85.4 and 118 reads a search of 10; with 85
   * 78.9, 85.0 and 103; with 80 78.7, 85.0 and 98, 99 at p95: the results, a look for other embedders and what the
   * vector index scans are among them.
   */
  NEAREST: 80,
  /** The same, where a filter left too few: Firestore's own limit. */
  NEAREST_FILTERED: 1_000,
  /**
   * Embedders besides the present one whose entries are looked at, each by a query of its own: what failed to be
   * embedded, and what a reindex that is under way has left.
   */
  MAX_OTHER_EMBEDDERS: 3,
  /** Memories that are read at once to see whether they pass a filter. */
  TRUTH_CHUNK: 50,
  /** Words that are looked up, the rarest ones: as many as Firestore takes in one query. */
  LOOKUP_WORDS: 30,
  /** Entries that are looked up by rare words of a query which the nearest ones lack. */
  RARE_LOOKUPS: 20,
  /**
   * The part of a query's weight that a word needs to be looked up so. A memory with a word of less is not among
   * the best for that word alone. Measured on LoCoMo: one search in eleven looks something up; one in six did so while
   * it was enough that the nearest entries had fewer with the word than should be. The emulator takes 0.17 ms for each
   * entry and word that is looked up.
   */
  LOOKUP_SHARE: 1 / 3,
  /** Entries that are looked up where words are all that counts, or where a filter may let few of them pass. */
  MORE_LOOKUPS: 100,
  /**
   * The newest and the most important memories that are looked at where a search prefers those, at least; as many as
   * it may return, if that is more. Each is two reads, of the memory and of its entry.
   */
  FAVOURED: 20,
} as const;

/** The sample of a space's entries that tells how often words occur, see `core/word-sample.ts`. */
export const WORD_SAMPLE = {
  /** Entries that are read for it: one read each. */
  ENTRIES: 1_000,
  /** Bytes of UTF-8 of its words, a quarter of a Firestore document; the rarest are left out. */
  MAX_BYTES: 256 * KIB,
  /** Milliseconds, for each entry of it, for which it is used without a look at the space, and the most of them. */
  REST_MS_PER_ENTRY: 1_000,
  MAX_REST_MS: 5 * MINUTE_MS,
  /** The part by which the number of entries may change until it is made again. */
  MAX_CHANGE: 0.1,
  /** Milliseconds after which it is made again anyway, and deleted where nobody searches. */
  MAX_AGE_MS: DAY_MS,
  /** Samples that an instance keeps, and their UTF-16 units: 16 MB at the most. */
  KEPT: 200,
  KEPT_LENGTH: 8 * KIB * KIB,
} as const;

/** Entries of an index that Firestore bills as one read, as its price list says. */
export const BILLING = {
  /** Of a vector index, scanned by `findNearest`. */
  VECTOR_ENTRIES: 100,
  /** Of another index, counted by an aggregation. */
  COUNTED_ENTRIES: 1_000,
} as const;

/** How hosted embedding models are asked; what a provider allows is in its own file. */
export const HOSTED_EMBEDDER = {
  /** Numbers of a vector, at most: as many as the longest of the providers have. An entry keeps a byte of each. */
  MAX_DIMENSIONS: 3_072,
  /**
   * Bytes of UTF-8 of a text that are read, some 1,300 English words; the rest is found by its words alone.
   * No tokenizer over bytes makes more tokens than bytes, and the models take 8,191 or more, or cut by
   * themselves.
   */
  MAX_TEXT_BYTES: 8_000,
  /** Requests of one instance at a time, for all of its calls. */
  CONCURRENCY: 8,
  /** Milliseconds of one request. */
  REQUEST_MS: 8_000,
  /** Milliseconds of one call of `embed`, all requests, tries and pauses together. */
  DEADLINE_MS: 15_000,
  /** Times that one request is made, at most. */
  MAX_TRIES: 4,
  /** Milliseconds of the longest pause after the first time; twice as long each time, up to the cap. */
  BASE_MS: 250,
  CAP_MS: 4_000,
  /** Bytes of one answer: three times 100 vectors of `MAX_DIMENSIONS` numbers, a number a line. */
  MAX_ANSWER_BYTES: 16 * KIB * KIB,
} as const;

/** How many embeddings an instance remembers: 12 MB, if they are of 1,536 numbers each; 25 MB of the local one. */
export const REMEMBERED_EMBEDDINGS = 1_000;

/**
 * Milliseconds for which an instance does not ask a hosted model again that failed: a write during an outage takes its
 * `DEADLINE_MS` once in so long, not each time.
 */
export const EMBEDDER_REST_MS = 30_000;
