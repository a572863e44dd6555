/** Search: candidates from the index, an exact ranking in memory, and the truth of what is returned. */

import { DEFAULTS, SEARCH } from '../config.ts';
import type { MemorySearchRequest, SearchResult } from '../contract/types.ts';
import { EVERYTHING, parseFilter, passes } from '../core/filter.ts';
import { type Ranked, rank } from '../core/ranking.ts';
import { tokenize } from '../core/tokens.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import type { Firestore } from '../storage/database.ts';
import type { SpacePaths } from '../storage/paths.ts';
import { visible } from '../storage/queries.ts';
import { findCandidates, type TermStatistics, termStatistics } from './candidates.ts';
import type { Embedder } from './embedder.ts';

type SearchQuery = Omit<MemorySearchRequest, 'tenant' | 'space' | 'spaces'>;

/** What is the same for all of the spaces that one query searches. */
interface PreparedQuery {
  readonly request: SearchQuery;
  readonly filter: ReturnType<typeof parseFilter>;
  readonly limit: number;
  readonly terms: readonly string[];
  readonly semantic: readonly number[] | null;
}

/**
 * Searches several spaces and returns the best of all, best first. Scores of different spaces compare: each
 * is normalised by the words' frequencies in its own space.
 * @throws ValidationError if the filter is not valid
 */
export async function searchMemories(
  database: Firestore,
  spaces: readonly SpacePaths[],
  request: SearchQuery,
  embedder: Embedder,
  call: CallContext,
): Promise<SearchResult[]> {
  const filter = parseFilter(request.filter);
  const [semantic] = request.mode === 'keyword' ? [] : await embedder.embed([request.query], call.signal);
  const query: PreparedQuery = {
    request,
    filter,
    limit: request.limit ?? DEFAULTS.SEARCH_LIMIT,
    terms: [...new Set(tokenize(request.query))].slice(0, SEARCH.MAX_QUERY_TERMS),
    semantic: semantic ?? null,
  };
  const found = await Promise.all(spaces.map((paths) => searchSpace(database, paths, query, call)));
  return found
    .flat()
    .sort((a, b) => b.score - a.score)
    .slice(0, query.limit);
}

/** Searches one space; where a filter leaves too few of the nearest entries, more of them are looked at. */
async function searchSpace(
  database: Firestore,
  paths: SpacePaths,
  query: PreparedQuery,
  call: CallContext,
): Promise<SearchResult[]> {
  const mode = query.request.mode ?? 'hybrid';
  const statistics = await termStatistics(paths, mode === 'semantic' ? [] : query.terms);
  const widths = query.filter === EVERYTHING ? [SEARCH.NEAREST] : [SEARCH.NEAREST, SEARCH.NEAREST_FILTERED];
  let results: SearchResult[] = [];
  for (const nearest of widths) {
    const { semantic, filter } = query;
    const candidates = await findCandidates(paths, { mode, semantic, statistics, filter, nearest });
    const living = candidates.filter(
      ({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > call.now,
    );
    const ranked = rank(living, rankingQuery(query, statistics, call));
    results = await readTruth(database, paths, ranked, query, call);
    if (results.length >= query.limit || candidates.length < nearest) break;
  }
  return results;
}

function rankingQuery({ request, semantic }: PreparedQuery, statistics: TermStatistics, call: CallContext) {
  const { recency, importanceWeight, minScore } = request;
  const mode = request.mode ?? 'hybrid';
  return { mode, idfs: statistics.idfs, semantic, now: call.now, recency, importanceWeight, minScore };
}

/** Reads the ranked memories, best first, until enough of them are there, unexpired and pass the filter. */
async function readTruth(
  database: Firestore,
  paths: SpacePaths,
  ranked: readonly Ranked[],
  { filter, limit, request }: PreparedQuery,
  call: CallContext,
): Promise<SearchResult[]> {
  const results: SearchResult[] = [];
  for (let next = 0; next < ranked.length && results.length < limit; ) {
    // Where a filter decides, most may fail it: a few round trips for many documents, not one for each.
    const atLeast = filter === EVERYTHING ? 1 : SEARCH.TRUTH_CHUNK;
    const chunk = ranked.slice(next, next + Math.max(limit - results.length, atLeast));
    next += chunk.length;
    const documents = await database.getAll(...chunk.map(({ id }) => paths.memory(id)));
    for (const [place, { score, parts }] of chunk.entries()) {
      const document = documents[place];
      const memory = document === undefined ? null : visible(document, paths, call);
      if (results.length === limit || memory === null || !passes(filter, memory)) continue;
      results.push({ memory, score, ...(request.explain === true && { parts }) });
    }
  }
  return results;
}
