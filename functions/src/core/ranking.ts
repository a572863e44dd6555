/**
 * The exact ranking of the candidates that the joined vector brought: what is approximate there (hash
 * collisions, the weights of its halves) is put right here, from what the index entries hold.
 */
import type { ScoreParts, SearchMode } from '../contract/types.ts';
import { type LexicalEntry, normalizedBm25 } from './bm25.ts';
import { dequantizedDot } from './joined-vector.ts';
import { maxSim, type QueryToken } from './late-interaction.ts';
import { neighbourhood, type Turn } from './neighbourhood.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * What each part of a score weighs. Measured on LoCoMo's development half (`npm run bench:retrieval`), R@10 of the
 * hybrid search: words and pooled vectors 71.0; with the vectors of single words 74.1; with the neighbouring turns
 * 77.3; with who is asked about 79.1. Rounded, and flat around: a fourth more or less of any of them changes it by
 * less than half a point.
 */
const WEIGHTS = { keyword: 6, semantic: 4, interaction: 11, subject: 2 } as const;

/** The part of the score of a memory's neighbours in its conversation that it gets, half as much a turn farther. */
const CONVERSATION = 0.25;

/** What ranking needs of an index entry. */
export interface Candidate extends LexicalEntry, Turn {
  /** The semantic vector as `quantize` makes it; empty if it cannot be compared. */
  readonly semantic: Uint8Array;
  /** The vectors of its words as `encodeTokens` makes them; empty if there are none, or they cannot be compared. */
  readonly tokens: Uint8Array;
  /** The terms of the speaker's name. */
  readonly speaker: readonly string[];
  readonly importance: number;
}

/** What the candidates are ranked for. */
export interface RankingQuery {
  readonly mode: SearchMode;
  /** The distinct terms of the query, each with its idf in all that is searched. */
  readonly idfs: ReadonlyMap<string, number>;
  /** `null` when the query was not embedded: every semantic part is then 0. */
  readonly semantic: readonly number[] | null;
  /** The words of the query; `null` if the embedder does not tell their vectors. */
  readonly tokens: readonly QueryToken[] | null;
  /** How much of the query its embedder knows, see `Embedding.known`: so far its meaning counts beside its words. */
  readonly known: number;
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
 * The candidates, best first; of equal scores the one that occurred later, then the lower id. Left out are those
 * below `minScore`, those of which nothing can be compared with the query, such as an entry that is not embedded with
 * a query without words, and, in keyword mode, those without a term of the query. What a memory scores by itself,
 * without its conversation, recency and importance, is at most 1.05. A score may be negative. It is always finite.
 */
export function rank(candidates: readonly Candidate[], query: RankingQuery): Ranked[] {
  const minScore = query.minScore ?? Number.NEGATIVE_INFINITY;
  const subject = query.mode === 'semantic' ? 0 : WEIGHTS.subject / TOTAL;
  const asked = speakersAsked(candidates, query);
  const own = candidates.map((candidate) => ownParts(candidate, query));
  const around = neighbourhood(
    candidates,
    own.map((parts) => (parts === null ? 0 : parts.keyword + parts.semantic + parts.interaction)),
  );
  const scored: { readonly ranked: Ranked; readonly occurredAt: number }[] = [];
  for (const [place, candidate] of candidates.entries()) {
    const compared = own[place] ?? null;
    if (compared === null || (query.mode === 'keyword' && compared.keyword === 0)) continue;
    const parts: ScoreParts = {
      ...compared,
      conversation: finite(CONVERSATION * (around[place] ?? 0)),
      subject: subject * (asked === null ? 0 : subjectOf(candidate, asked)),
      recency: finite(recencyBonus(candidate.occurredAt, query)),
      importance: finite((query.importanceWeight ?? 0) * candidate.importance),
    };
    const score = finite(Object.values(parts).reduce((sum: number, part: number) => sum + part, 0));
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

const TOTAL = WEIGHTS.keyword + WEIGHTS.semantic + WEIGHTS.interaction;

type OwnParts = Pick<ScoreParts, 'keyword' | 'semantic' | 'interaction'>;

/**
 * What the parts weigh that this query and this candidate both have; they sum up to 1. Null if they have none. What
 * cannot be compared by its meaning, or is asked for in a language that the embedder does not know, is judged by its
 * words; a query without words, as of stop words alone, by its meaning.
 */
function weightsOf(
  candidate: Candidate,
  { mode, idfs, semantic, tokens, known }: RankingQuery,
): OwnParts | null {
  const words = mode === 'semantic' || idfs.size === 0 ? 0 : WEIGHTS.keyword;
  const isComparable =
    mode !== 'keyword' && semantic !== null && candidate.semantic.length === semantic.length;
  const share = isComparable ? (words > 0 ? known : 1) : 0;
  const hasTokens = tokens !== null && tokens.length > 0 && candidate.tokens.length > 0;
  const [meaning, interaction] = [WEIGHTS.semantic * share, hasTokens ? WEIGHTS.interaction * share : 0];
  const sum = words + meaning + interaction;
  return sum > 0 ? { keyword: words / sum, semantic: meaning / sum, interaction: interaction / sum } : null;
}

function ownParts(candidate: Candidate, query: RankingQuery): OwnParts | null {
  const weights = weightsOf(candidate, query);
  if (weights === null) return null;
  const { idfs, semantic, tokens } = query;
  const part = (weight: number, similarity: () => number) =>
    weight === 0 ? 0 : finite(weight * similarity());
  return {
    keyword: part(weights.keyword, () => normalizedBm25(candidate, idfs)),
    semantic: part(weights.semantic, () => dequantizedDot(semantic ?? [], candidate.semantic)),
    interaction: part(weights.interaction, () => maxSim(tokens ?? [], candidate.tokens)),
  };
}

/** The names among those of the candidates' speakers that the query has, by their terms; null if it has none. */
function speakersAsked(candidates: readonly Candidate[], { idfs }: RankingQuery): ReadonlySet<string> | null {
  const asked = candidates.flatMap(({ speaker }) => speaker).filter((term) => idfs.has(term));
  return asked.length === 0 ? null : new Set(asked);
}

/** ½ for who is asked about, −½ for somebody else, 0 where nobody is named. */
function subjectOf({ speaker }: Candidate, asked: ReadonlySet<string>): number {
  if (speaker.length === 0) return 0;
  return speaker.some((term) => asked.has(term)) ? 0.5 : -0.5;
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
