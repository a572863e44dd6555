/**
 * The exact ranking of the candidates that the joined vector brought: what is approximate there (hash
 * collisions, the weights of its halves) is put right here, from what an index entry holds.
 */
import type { ScoreParts, SearchMode } from '../contract/types.ts';
import { type LexicalEntry, normalizedBm25 } from './bm25.ts';
import { dequantizedDot } from './joined-vector.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Shares of BM25 and cosine in a score. Measured on LoCoMo (`benchmarks/retrieval-offline.ts`): shares of
 * BM25 between 0.5 and 0.8 are within half a point of R@10; MRR rises up to 0.65 and hit@10 falls from 0.6.
 */
const WEIGHTS: Readonly<Record<SearchMode, { keyword: number; semantic: number }>> = {
  hybrid: { keyword: 0.6, semantic: 0.4 },
  keyword: { keyword: 1, semantic: 0 },
  semantic: { keyword: 0, semantic: 1 },
};

/** What ranking needs of an index entry. */
export interface Candidate extends LexicalEntry {
  readonly id: string;
  /** The semantic vector as `quantize` makes it. */
  readonly semantic: Uint8Array;
  readonly occurredAt: string;
  readonly importance: number;
}

/** What the candidates are ranked for. */
export interface RankingQuery {
  readonly mode: SearchMode;
  /** The distinct terms of the query, each with its idf in the space that is searched. */
  readonly idfs: ReadonlyMap<string, number>;
  /** `null` when the query was not embedded: every semantic part is then 0. */
  readonly semantic: readonly number[] | null;
  /** Milliseconds since 1970, for the age of a memory. */
  readonly now: number;
  readonly recency?: { readonly halfLifeDays: number; readonly weight: number } | undefined;
  readonly importanceWeight?: number | undefined;
  readonly minScore?: number | undefined;
}

/** A candidate's place in the answer: `score` is the sum of `parts`. */
export interface Ranked {
  readonly id: string;
  readonly score: number;
  readonly parts: ScoreParts;
}

/**
 * The candidates, best first; of equal scores the one that occurred later, then the lower id. Left out are
 * those below `minScore` and, in keyword mode, those without a term of the query. Without recency and
 * importance a score is at most 1; a negative cosine can make it negative. It is always finite.
 */
export function rank(candidates: readonly Candidate[], query: RankingQuery): Ranked[] {
  const minScore = query.minScore ?? Number.NEGATIVE_INFINITY;
  const scored: { readonly ranked: Ranked; readonly occurredAt: number }[] = [];
  for (const candidate of candidates) {
    const parts = scoreParts(candidate, query);
    if (query.mode === 'keyword' && parts.keyword === 0) continue;
    const score = finite(parts.keyword + parts.semantic + parts.recency + parts.importance);
    if (score < minScore) continue;
    scored.push({
      ranked: { id: candidate.id, score, parts },
      occurredAt: finite(Date.parse(candidate.occurredAt)),
    });
  }
  scored.sort(
    (a, b) =>
      b.ranked.score - a.ranked.score ||
      b.occurredAt - a.occurredAt ||
      Number(a.ranked.id > b.ranked.id) - Number(a.ranked.id < b.ranked.id),
  );
  return scored.map(({ ranked }) => ranked);
}

function scoreParts(candidate: Candidate, query: RankingQuery): ScoreParts {
  const weights = WEIGHTS[query.mode];
  const cosine =
    weights.semantic === 0 || query.semantic === null
      ? 0
      : dequantizedDot(query.semantic, candidate.semantic);
  const keyword = weights.keyword === 0 ? 0 : normalizedBm25(candidate, query.idfs);
  return {
    keyword: finite(weights.keyword * keyword),
    semantic: finite(weights.semantic * cosine),
    recency: finite(recencyBonus(candidate.occurredAt, query)),
    importance: finite((query.importanceWeight ?? 0) * candidate.importance),
  };
}

/** What is to come counts as of now: a date in the future earns no more than the present one. */
function recencyBonus(occurredAt: string, { recency, now }: RankingQuery): number {
  if (recency === undefined) return 0;
  const ageDays = Math.max(0, now - Date.parse(occurredAt)) / DAY_MS;
  return recency.weight * 2 ** (-ageDays / recency.halfLifeDays);
}

/** Stored entries may be damaged; one of them must not spoil the order of the others. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
