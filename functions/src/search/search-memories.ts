/** Search: candidates from the index, an exact ranking in memory, and the truth of what is returned. */

import { SEARCH } from '../config.ts';
import type { Memory, MemorySearchResponse, SearchNotice, SearchResult } from '../contract/types.ts';
import { EVERYTHING, passes } from '../core/filter.ts';
import { type Ranked, rank } from '../core/ranking.ts';
import type { TermStatistics } from '../core/word-sample.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import type { Firestore } from '../storage/database.ts';
import type { SpacePaths } from '../storage/paths.ts';
import { visible } from '../storage/queries.ts';
import { findCandidates, otherEmbedders } from './candidates.ts';
import type { Embedder } from './embedder.ts';
import { favoured } from './favoured.ts';
import { type PreparedQuery, prepareQuery, type SearchQuery } from './prepared-query.ts';

/**
 * Searches several spaces and returns the best of all, best first. Their scores compare: words weigh the same in all
 * of them.
 * @throws ValidationError if the filter is not valid; in `semantic` mode, what the embedder failed with
 */
export async function searchMemories(
  database: Firestore,
  spaces: readonly SpacePaths[],
  request: SearchQuery,
  embedder: Embedder,
  call: CallContext,
): Promise<MemorySearchResponse> {
  const query = await prepareQuery(spaces, request, embedder, call);
  const found = await Promise.all(
    query.spaces.map((space) => searchSpace({ ...space, database, query, call })),
  );
  const results = found
    .flatMap((space) => space.results)
    .sort((a, b) => b.score - a.score)
    .slice(0, query.limit);
  const notices: SearchNotice[] = [...query.notices];
  if (results.length < query.limit && found.some(({ isBounded }) => isBounded))
    notices.push('candidate-bound');
  if (found.some(({ hasOthers }) => hasOthers)) notices.push('not-embedded');
  return { results, ...(notices.length > 0 && { notices }) };
}

/** One space, and what it is searched for. */
interface Scope {
  readonly database: Firestore;
  readonly paths: SpacePaths;
  readonly statistics: TermStatistics;
  readonly query: PreparedQuery;
  readonly call: CallContext;
}

/** What one space has to say to a query. */
interface FoundInSpace {
  readonly results: SearchResult[];
  /** True iff there may be more, beyond the entries that one search may look at. */
  readonly isBounded: boolean;
  /** True iff there are memories that this search has nothing to compare by, as they are not embedded. */
  readonly hasOthers: boolean;
}

/**
 * Searches one space; where too few of the nearest entries will do, more of them are looked at. That some of the
 * nearest score too little says nothing of the others: what is near is so by words and meaning of the whole text alone.
 */
async function searchSpace(scope: Scope): Promise<FoundInSpace> {
  const { paths, statistics, query, call } = scope;
  const { embedder, filter, ranking } = query;
  const canBeByWords = query.mode !== 'semantic' && ranking.idfs.size > 0;
  const others = otherEmbedders(paths, embedder.id, canBeByWords ? SEARCH.MAX_OTHER_EMBEDDERS : 0);
  const truth = new Map<string, Memory | null>();
  const preferred = favoured(paths, query, call, truth);
  // They are waited for below, unless something else fails before.
  for (const promise of [others, preferred]) promise.catch(() => undefined);
  let results: SearchResult[] = [];
  let isBounded = true;
  for (const nearest of [Math.max(SEARCH.NEAREST, query.limit), SEARCH.NEAREST_FILTERED]) {
    const wanted = { ranking, embedder, others, preferred, statistics, filter, nearest };
    const { candidates, isAll } = await findCandidates(paths, wanted);
    const living = candidates.filter(
      ({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > call.now,
    );
    results = await readTruth(scope, rank(living, ranking), truth);
    isBounded = results.length < query.limit && !isAll;
    if (!isBounded) break;
  }
  return { results, isBounded, hasOthers: (await others).isMore };
}

/**
 * Reads the ranked memories, best first, until enough of them are there, unexpired and pass the filter.
 * @param truth those that were read before, and from now on these too
 */
async function readTruth(
  { database, paths, query: { filter, limit, request }, call }: Scope,
  ranked: readonly Ranked[],
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
