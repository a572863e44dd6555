/** What of a search is the same for all of the spaces that it looks in. */
import { DEFAULTS } from '../config.ts';
import type { MemorySearchRequest, SearchMode, SearchNotice } from '../contract/types.ts';
import { type FilterTree, parseFilter } from '../core/filter.ts';
import type { Embedding } from '../core/index-plan.ts';
import { queryTokens } from '../core/late-interaction.ts';
import type { RankingQuery } from '../core/ranking.ts';
import { tokenize } from '../core/tokens.ts';
import { idfsOf, statisticsOf, type TermStatistics } from '../core/word-sample.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import { EmbeddingCache } from '../storage/embeddings.ts';
import type { SpacePaths } from '../storage/paths.ts';
import { wordSample } from '../storage/word-frequencies.ts';
import type { Embedder } from './embedder.ts';

/** What is searched for. */
export type SearchQuery = Omit<MemorySearchRequest, 'tenant' | 'space' | 'spaces'>;

/** See above. */
export interface PreparedQuery {
  readonly request: SearchQuery;
  readonly mode: SearchMode;
  readonly filter: FilterTree;
  readonly limit: number;
  readonly embedder: Embedder;
  /** What the ranking is by. */
  readonly ranking: RankingQuery;
  /** Where it looks, and what each space tells of the query's words. */
  readonly spaces: readonly { readonly paths: SpacePaths; readonly statistics: TermStatistics }[];
  readonly notices: readonly SearchNotice[];
}

/**
 * Embeds a query and weighs its words by what is in all of the spaces together.
 * @throws ValidationError if the filter is not valid; in `semantic` mode, what the embedder failed with
 */
export async function prepareQuery(
  allPaths: readonly SpacePaths[],
  request: SearchQuery,
  embedder: Embedder,
  call: CallContext,
): Promise<PreparedQuery> {
  const {
    query,
    mode = 'hybrid',
    limit = DEFAULTS.SEARCH_LIMIT,
    recency,
    importanceWeight,
    minScore,
  } = request;
  const filter = parseFilter(request.filter);
  const { embedding, notices } = await embedQuery(query, mode, embedder, call);
  const terms = [...new Set(tokenize(query))];
  const spaces = await Promise.all(
    allPaths.map(async (paths) => {
      return { paths, statistics: statisticsOf(await wordSample(paths, call.now), terms) };
    }),
  );
  const idfs = idfsOf(spaces.map(({ statistics }) => statistics));
  const ranking: RankingQuery = {
    mode,
    idfs,
    semantic: embedding?.vector ?? null,
    tokens: embedding?.tokens === undefined ? null : queryTokens(query, embedding.tokens, idfs),
    known: embedding?.known ?? 1,
    now: call.now,
    recency,
    importanceWeight,
    minScore,
  };
  return { request, mode, filter, limit, embedder, ranking, spaces, notices };
}

/** The embedding of the query; without one, where words are enough to go on, the answer says so. */
async function embedQuery(
  query: string,
  mode: SearchMode,
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
