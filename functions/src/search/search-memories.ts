/** Search: candidates from the index, an exact ranking in memory, and the truth of what is returned. */

import { DEFAULTS, SEARCH } from '../config.ts';
import type {
  Memory,
  MemorySearchRequest,
  MemorySearchResponse,
  SearchNotice,
  SearchResult,
} from '../contract/types.ts';
import { EVERYTHING, parseFilter, passes } from '../core/filter.ts';
import type { Embedding } from '../core/index-plan.ts';
import { queryTokens } from '../core/late-interaction.ts';
import { type Ranked, type RankingQuery, rank } from '../core/ranking.ts';
import { tokenize } from '../core/tokens.ts';
import { statisticsOf, type TermStatistics } from '../core/word-sample.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import type { Firestore } from '../storage/database.ts';
import { EmbeddingCache } from '../storage/embeddings.ts';
import type { SpacePaths } from '../storage/paths.ts';
import { visible } from '../storage/queries.ts';
import { wordSample } from '../storage/word-frequencies.ts';
import { findCandidates, otherEmbedders } from './candidates.ts';
import type { Embedder } from './embedder.ts';

type SearchQuery = Omit<MemorySearchRequest, 'tenant' | 'space' | 'spaces'>;

/** What is the same for all of the spaces that one query searches. */
interface PreparedQuery {
  readonly request: SearchQuery;
  readonly filter: ReturnType<typeof parseFilter>;
  readonly limit: number;
  readonly terms: readonly string[];
  /** Null where words alone have to do. */
  readonly embedding: Embedding | null;
  readonly embedder: Embedder;
}

/**
 * Searches several spaces and returns the best of all, best first. Scores of different spaces compare: each
 * is normalised by the words' frequencies in its own space.
 * @throws ValidationError if the filter is not valid; in `semantic` mode, what the embedder failed with
 */
export async function searchMemories(
  database: Firestore,
  spaces: readonly SpacePaths[],
  request: SearchQuery,
  embedder: Embedder,
  call: CallContext,
): Promise<MemorySearchResponse> {
  const filter = parseFilter(request.filter);
  const embedded = await embedQuery(request, embedder, call);
  const query: PreparedQuery = {
    request,
    filter,
    limit: request.limit ?? DEFAULTS.SEARCH_LIMIT,
    terms: [...new Set(tokenize(request.query))].slice(0, SEARCH.MAX_QUERY_TERMS),
    embedding: embedded.embedding,
    embedder,
  };
  const found = await Promise.all(spaces.map((paths) => searchSpace(database, paths, query, call)));
  const results = found
    .flatMap((space) => space.results)
    .sort((a, b) => b.score - a.score)
    .slice(0, query.limit);
  const isBounded = results.length < query.limit && found.some((space) => space.isBounded);
  const notices: SearchNotice[] = [...embedded.notices, ...(isBounded ? ['candidate-bound' as const] : [])];
  return { results, ...(notices.length > 0 && { notices }) };
}

/** The embedding of the query; without one, where words are enough to go on, the answer says so. */
async function embedQuery(
  { query, mode }: SearchQuery,
  embedder: Embedder,
  { signal }: CallContext,
): Promise<{ readonly embedding: Embedding | null; readonly notices: readonly SearchNotice[] }> {
  if (mode === 'keyword') return { embedding: null, notices: [] };
  const cache = new EmbeddingCache(embedder, 'query');
  await cache.prepare([query], signal);
  if (cache.failure === null) return { embedding: cache.of(query) ?? null, notices: [] };
  if (mode === 'semantic') throw cache.failure;
  return { embedding: null, notices: ['embedder-unavailable'] };
}

/** What one space has to say to a query. */
interface FoundInSpace {
  readonly results: SearchResult[];
  /** True iff there may be more, beyond the entries that one search may look at. */
  readonly isBounded: boolean;
}

/** Searches one space; where too few of the nearest entries will do, more of them are looked at. */
async function searchSpace(
  database: Firestore,
  paths: SpacePaths,
  query: PreparedQuery,
  call: CallContext,
): Promise<FoundInSpace> {
  const mode = query.request.mode ?? 'hybrid';
  const others = mode === 'semantic' ? Promise.resolve([]) : otherEmbedders(paths, query.embedder.id);
  // It is waited for below, unless something else fails before.
  others.catch(() => undefined);
  const statistics = statisticsOf(await wordSample(paths, call.now), query.terms);
  const truth = new Map<string, Memory | null>();
  let results: SearchResult[] = [];
  for (const nearest of [SEARCH.NEAREST, SEARCH.NEAREST_FILTERED]) {
    const { embedder, filter } = query;
    const semantic = query.embedding?.vector ?? null;
    const wanted = { mode, semantic, embedder, others, statistics, filter, nearest };
    const { candidates, isAll } = await findCandidates(paths, wanted);
    const living = candidates.filter(
      ({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > call.now,
    );
    const ranked = rank(living, rankingQuery(query, statistics, call));
    results = await readTruth(database, paths, ranked, query, call, truth);
    if (results.length >= query.limit || isAll || isBelowMinimum(query, ranked, living)) {
      return { results, isBounded: false };
    }
  }
  return { results, isBounded: true };
}

/** True iff a score was below the minimum for how far away its memory is: those farther away are so as well. */
function isBelowMinimum(
  { request }: PreparedQuery,
  ranked: readonly Ranked[],
  candidates: readonly unknown[],
): boolean {
  const { minScore, recency, importanceWeight, mode } = request;
  const isByDistance = recency === undefined && importanceWeight === undefined && mode !== 'keyword';
  return minScore !== undefined && isByDistance && ranked.length < candidates.length;
}

function rankingQuery(
  { request, embedding }: PreparedQuery,
  { idfs }: TermStatistics,
  { now }: CallContext,
): RankingQuery {
  const { query, mode = 'hybrid', recency, importanceWeight, minScore } = request;
  const tokens = embedding?.tokens === undefined ? null : queryTokens(query, embedding.tokens, idfs);
  return {
    mode,
    idfs,
    semantic: embedding?.vector ?? null,
    tokens,
    now,
    recency,
    importanceWeight,
    minScore,
  };
}

/**
 * Reads the ranked memories, best first, until enough of them are there, unexpired and pass the filter.
 * @param truth those that were read before, and from now on these too
 */
async function readTruth(
  database: Firestore,
  paths: SpacePaths,
  ranked: readonly Ranked[],
  { filter, limit, request }: PreparedQuery,
  call: CallContext,
  truth: Map<string, Memory | null>,
): Promise<SearchResult[]> {
  const results: SearchResult[] = [];
  for (let next = 0; next < ranked.length && results.length < limit; ) {
    // Where a filter decides, most may fail it: a few round trips for many documents, not one for each.
    const atLeast = filter === EVERYTHING ? 1 : SEARCH.TRUTH_CHUNK;
    const chunk = ranked.slice(next, next + Math.max(limit - results.length, atLeast));
    next += chunk.length;
    const unread = chunk.filter(({ id }) => !truth.has(id)).map(({ id }) => paths.memory(id));
    const documents = unread.length === 0 ? [] : await database.getAll(...unread);
    for (const document of documents) truth.set(document.id, visible(document, paths, call));
    for (const { id, score, parts } of chunk) {
      const memory = truth.get(id) ?? null;
      if (results.length === limit || memory === null || !passes(filter, memory)) continue;
      results.push({ memory, score, ...(request.explain === true && { parts }) });
    }
  }
  return results;
}
