/**
 * Brings from Firestore, at bounded reads, the index entries among which the answer of a query is: one
 * `findNearest` over the joined vectors, and the entries of the query's rarest words one by one, so that a
 * word that is in few memories always finds them however many others there are.
 */
import type { Query } from 'firebase-admin/firestore';
import { SEARCH } from '../config.ts';
import type { SearchMode } from '../contract/types.ts';
import { idf } from '../core/bm25.ts';
import type { FilterTree } from '../core/filter.ts';
import { pushedEquality } from '../core/filter-pushdown.ts';
import { queryVector } from '../core/joined-vector.ts';
import { CANDIDATE_FIELDS, type Candidate, decodeCandidate } from '../storage/entry-codec.ts';
import type { SpacePaths } from '../storage/paths.ts';

/** How often the words of a query occur in a space. */
export interface TermStatistics {
  /** The distinct terms of the query, each with the number of memories that have it. */
  readonly frequencies: ReadonlyMap<string, number>;
  /** The same terms, each with its inverse document frequency. */
  readonly idfs: ReadonlyMap<string, number>;
}

/** What is looked for. */
export interface CandidateQuery {
  readonly mode: SearchMode;
  readonly semantic: readonly number[] | null;
  readonly statistics: TermStatistics;
  readonly filter: FilterTree;
  /** Entries that `findNearest` may return. */
  readonly nearest: number;
}

/**
 * Counts the terms of a query in a space, as the space is now: the counts are aggregations that Firestore
 * answers from its index, one read for each thousand entries.
 */
export async function termStatistics(paths: SpacePaths, terms: readonly string[]): Promise<TermStatistics> {
  const count = async (query: Query) => (await query.count().get()).data().count;
  const [total, ...counts] = await Promise.all([
    count(paths.index),
    ...terms.map((term) => count(paths.index.where('terms', 'array-contains', term))),
  ]);
  const frequencies = new Map(terms.map((term, place) => [term, counts[place] ?? 0]));
  const idfs = new Map([...frequencies].map(([term, df]) => [term, idf(total ?? 0, df)]));
  return { frequencies, idfs };
}

/** The candidates of a query, without repetition, in no particular order. */
export async function findCandidates(paths: SpacePaths, query: CandidateQuery): Promise<Candidate[]> {
  const found = await Promise.all([nearest(paths, query), withRareTerms(paths, query)]);
  return [...new Map(found.flat().map((candidate) => [candidate.id, candidate])).values()];
}

async function nearest(paths: SpacePaths, query: CandidateQuery): Promise<Candidate[]> {
  const vector = queryVector(query.statistics.idfs, query.semantic, query.mode);
  if (vector === null) return [];
  const equality = pushedEquality(query.filter);
  const filtered: Query =
    equality === null ? paths.index : paths.index.where(equality.field, equality.operator, equality.value);
  const page = await filtered
    .select(...CANDIDATE_FIELDS)
    .findNearest({
      vectorField: 'vector',
      queryVector: vector,
      limit: query.nearest,
      distanceMeasure: 'DOT_PRODUCT',
    })
    .get();
  return page.docs.flatMap((entry) => decodeCandidate(entry) ?? []);
}

async function withRareTerms(paths: SpacePaths, query: CandidateQuery): Promise<Candidate[]> {
  if (query.mode === 'semantic') return [];
  const budget = query.mode === 'keyword' ? SEARCH.KEYWORD_LOOKUPS : SEARCH.RARE_LOOKUPS;
  const rarestFirst = [...query.statistics.frequencies]
    .filter(([, frequency]) => frequency > 0)
    .sort(([, a], [, b]) => a - b);
  const rare: string[] = [];
  let documents = 0;
  for (const [term, frequency] of rarestFirst) {
    if (documents + frequency > budget) break;
    documents += frequency;
    rare.push(term);
  }
  if (rare.length === 0) return [];
  const page = await paths.index
    .where('terms', 'array-contains-any', rare)
    .select(...CANDIDATE_FIELDS)
    .get();
  return page.docs.flatMap((entry) => decodeCandidate(entry) ?? []);
}
