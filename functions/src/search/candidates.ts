/**
 * Brings from Firestore, at bounded reads, the index entries among which the answer of a query is: one
 * `findNearest` over the joined vectors, and the entries of the query's rarest words one by one, so that a
 * word that is in few memories always finds them however many others there are.
 */
import type { Query, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { SEARCH } from '../config.ts';
import type { SearchMode } from '../contract/types.ts';
import { idf } from '../core/bm25.ts';
import type { FilterTree } from '../core/filter.ts';
import { queryVector } from '../core/joined-vector.ts';
import { CANDIDATE_FIELDS, type Candidate, decodeCandidate } from '../storage/entry-codec.ts';
import type { SpacePaths } from '../storage/paths.ts';
import type { Embedder } from './embedder.ts';
import { VECTOR_FIELD, vectorConditions } from './vector-queries.ts';

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
  /** The embedder of `semantic`, and of the entries that can be compared with it. */
  readonly embedder: Pick<Embedder, 'id'>;
  /** The other embedders that the space has entries of, see `otherEmbedders`. */
  readonly others: readonly string[];
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

/**
 * The embedders other than the present one that made entries of a space: there are some while a space is being
 * reindexed, and while an embedder that failed has texts to catch up with. Reads one document more than it finds.
 */
export async function otherEmbedders(paths: SpacePaths, present: string): Promise<string[]> {
  const others = paths.index.where('embedder', '!=', present).orderBy('embedder').select('embedder');
  const found: string[] = [];
  for (
    let query = others;
    found.length < SEARCH.MAX_OTHER_EMBEDDERS;
    query = others.startAfter(found.at(-1))
  ) {
    const [entry] = (await query.limit(1).get()).docs;
    if (entry === undefined) break;
    found.push(String(entry.get('embedder')));
  }
  return found;
}

/** The candidates of a query, without repetition, in no particular order. */
export interface Candidates {
  readonly candidates: readonly Candidate[];
  /** True iff no entry that the query could find is missing. */
  readonly isAll: boolean;
}

/**
 * Finds the candidates of a query. Entries of other embedders are found and ranked by their words alone: vectors
 * of two models are never compared.
 */
export async function findCandidates(paths: SpacePaths, query: CandidateQuery): Promise<Candidates> {
  const { embedder, others, mode, semantic, statistics } = query;
  const both = queryVector(statistics.idfs, semantic, mode);
  const byWords = mode === 'semantic' ? null : queryVector(statistics.idfs, null, mode);
  const rare = rareTerms(query);
  const [withRare, ...pages] = await Promise.all([
    withTerms(paths, rare),
    nearest(paths, query, embedder.id, both),
    ...others.map((other) => nearest(paths, query, other, byWords)),
  ]);
  const found = [...withRare, ...pages.flat()].map((entry) => {
    const candidate = decodeCandidate(entry);
    return candidate === null ? [] : [comparable(candidate, embedder.id)];
  });
  const byId = new Map(found.flat().map((candidate) => [candidate.id, candidate]));
  const occurring = [...statistics.frequencies.values()].filter((frequency) => frequency > 0);
  const isAll =
    (mode === 'keyword' && rare.length === occurring.length) ||
    pages.every(({ length }) => length < query.nearest);
  return { candidates: [...byId.values()], isAll };
}

const NOTHING = new Uint8Array();

/** The candidate without its vectors if they are of another embedder. */
function comparable(candidate: Candidate, embedderId: string): Candidate {
  return candidate.embedder === embedderId ? candidate : { ...candidate, semantic: NOTHING, tokens: NOTHING };
}

/** The nearest entries of one embedder. */
async function nearest(
  paths: SpacePaths,
  query: CandidateQuery,
  embedderId: string,
  vector: readonly number[] | null,
): Promise<QueryDocumentSnapshot[]> {
  if (vector === null) return [];
  const filtered = vectorConditions(query.filter, embedderId).reduce<Query>(
    (narrowed, { field, operator, value }) => narrowed.where(field, operator, value),
    paths.index,
  );
  const page = await filtered
    .select(...CANDIDATE_FIELDS)
    .findNearest({
      vectorField: VECTOR_FIELD,
      queryVector: [...vector],
      limit: query.nearest,
      distanceMeasure: 'DOT_PRODUCT',
    })
    .get();
  return page.docs;
}

/** The rarest words of the query that any memory has, as many as are in few enough memories together. */
function rareTerms({ mode, statistics }: CandidateQuery): string[] {
  if (mode === 'semantic') return [];
  const budget = mode === 'keyword' ? SEARCH.KEYWORD_LOOKUPS : SEARCH.RARE_LOOKUPS;
  const rarestFirst = [...statistics.frequencies]
    .filter(([, frequency]) => frequency > 0)
    .sort(([, a], [, b]) => a - b);
  const rare: string[] = [];
  let documents = 0;
  for (const [term, frequency] of rarestFirst) {
    if (documents + frequency > budget) break;
    documents += frequency;
    rare.push(term);
  }
  return rare;
}

/** The entries that have any of the words. */
async function withTerms(paths: SpacePaths, terms: readonly string[]): Promise<QueryDocumentSnapshot[]> {
  if (terms.length === 0) return [];
  const query = paths.index.where('terms', 'array-contains-any', [...terms]).select(...CANDIDATE_FIELDS);
  return (await query.get()).docs;
}
