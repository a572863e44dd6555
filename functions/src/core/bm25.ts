/**
 * BM25 as far as one entry and one query need it: no corpus, the statistics are passed in.
 * Formula: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with
 * the idf of Lucene. `k1` and `b` are the values that Anserini recommends for short passages.
 */

/** How soon more occurrences of a term stop to count. */
export const BM25_K1 = 0.9;

/** How much a long text is discounted. */
export const BM25_B = 0.2;

/**
 * The length, in tokens, of a text that is neither long nor short. A constant, because a running average
 * would change the vectors of all that is stored. Measured on LoCoMo, whose turns have 17 on average: any
 * value of 12 … 200 is within 0.4 points of R@10. With this one a word in a page of 300 tokens still counts
 * two thirds of one in a text of 50; with 17 it would be less than a half.
 */
export const AVERAGE_LENGTH = 50;

/** The limit of `termFrequencyPart`, so that a score can be divided into 0 … 1. */
export const MAX_TERM_FREQUENCY_PART = BM25_K1 + 1;

/** What BM25 needs to know of one text. */
export interface LexicalEntry {
  /** Distinct terms, each with its frequency at the same place. */
  readonly terms: readonly string[];
  readonly frequencies: readonly number[];
  /** All tokens of the text, repetitions included. */
  readonly length: number;
}

/**
 * Inverse document frequency as in Lucene: `ln(1 + (N − df + ½) / (df + ½))`, always above 0.
 * The statistics may be stale: a term that more documents have than there are counts as in all of them.
 */
export function idf(documents: number, documentFrequency: number): number {
  const df = Math.max(0, documentFrequency);
  const n = Math.max(df, documents);
  return Math.log1p((n - df + 0.5) / (df + 0.5));
}

/** The part of BM25 that depends on the text alone: 0 … `MAX_TERM_FREQUENCY_PART`. */
export function termFrequencyPart(frequency: number, length: number): number {
  const lengthFactor = 1 - BM25_B + (BM25_B * Math.max(0, length)) / AVERAGE_LENGTH;
  const damping = (BM25_K1 * lengthFactor) / frequency;
  // Written so that what is no count or length (NaN, below 0) has no part instead of spoiling a sum.
  return damping > 0 ? MAX_TERM_FREQUENCY_PART / (1 + damping) : 0;
}

/** The highest BM25 that any text could have for these query terms; 0 iff there are none. */
export function highestScore(idfs: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const weight of idfs.values()) sum += weight;
  return MAX_TERM_FREQUENCY_PART * sum;
}

/**
 * BM25 of a text for a query, divided by `highestScore`: 0 (no term in common) … 1.
 * `idfs` holds the distinct terms of the query, each with its idf in the space that is searched.
 */
export function normalizedBm25(entry: LexicalEntry, idfs: ReadonlyMap<string, number>): number {
  let score = 0;
  for (const [index, term] of entry.terms.entries()) {
    const weight = idfs.get(term);
    if (weight !== undefined) {
      score += weight * termFrequencyPart(entry.frequencies[index] ?? 0, entry.length);
    }
  }
  const highest = highestScore(idfs);
  return highest > 0 ? score / highest : 0;
}
