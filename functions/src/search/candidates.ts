/**
 * Brings from Firestore, at bounded reads, the index entries among which the answer of a query is: one
 * `findNearest` over the joined vectors, and the entries of the query's rare words where those are missing among
 * them, so that a word that is in few memories finds them however many others there are.
 */
import type { Query, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { SEARCH } from '../config.ts';
import type { SearchMode } from '../contract/types.ts';
import type { FilterTree } from '../core/filter.ts';
import { queryVector } from '../core/joined-vector.ts';
import { type RareWords, rareWords } from '../core/rare-words.ts';
import type { TermStatistics } from '../core/word-sample.ts';
import { CANDIDATE_FIELDS, type Candidate, decodeCandidate } from '../storage/entry-codec.ts';
import { countVectorScan } from '../storage/meter.ts';
import type { SpacePaths } from '../storage/paths.ts';
import type { Embedder } from './embedder.ts';
import { VECTOR_FIELD, vectorConditions } from './vector-queries.ts';

/** What is looked for. */
export interface CandidateQuery {
  readonly mode: SearchMode;
  readonly semantic: readonly number[] | null;
  /** The embedder of `semantic`, and of the entries that can be compared with it. */
  readonly embedder: Pick<Embedder, 'id'>;
  /** The other embedders that the space has entries of, see `otherEmbedders`; what is nearest does not wait for it. */
  readonly others: Promise<readonly string[]>;
  readonly statistics: TermStatistics;
  readonly filter: FilterTree;
  /** Entries that `findNearest` may return. */
  readonly nearest: number;
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

const NO_WORDS: RareWords = { words: [], budget: 1 };

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
  const { embedder, mode, semantic, statistics } = query;
  const both = queryVector(statistics.idfs, semantic, mode);
  const byWords = mode === 'semantic' ? null : queryVector(statistics.idfs, null, mode);
  if (both !== null) countVectorScan(statistics.entries);
  const ofOther = (other: string) => nearest(paths, query, other, byWords);
  const [own, ofOthers] = await Promise.all([
    nearest(paths, query, embedder.id, both),
    query.others.then((others) => Promise.all(others.map(ofOther))),
  ]);
  const pages = [own, ...ofOthers];
  const decoded = (entries: readonly QueryDocumentSnapshot[]) =>
    entries.map(decodeCandidate).filter((candidate) => candidate !== null);
  const near = decoded(pages.flat());
  const isAllNear = pages.every(({ length }) => length < query.nearest);
  const { words, budget } = isAllNear ? NO_WORDS : rareWords(mode, statistics, near);
  const withRare = await withTerms(paths, words, budget);
  const found = [...decoded(withRare), ...near].map((candidate) => comparable(candidate, embedder.id));
  const byId = new Map(found.map((candidate) => [candidate.id, candidate]));
  const isAllWithWords = words.length === statistics.frequencies.size && withRare.length < budget;
  return { candidates: [...byId.values()], isAll: isAllNear || (mode === 'keyword' && isAllWithWords) };
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

/** At most `limit` of the entries that have any of the words. */
async function withTerms(
  paths: SpacePaths,
  terms: readonly string[],
  limit: number,
): Promise<QueryDocumentSnapshot[]> {
  if (terms.length === 0) return [];
  const query = paths.index.where('terms', 'array-contains-any', [...terms]).limit(limit);
  return (await query.select(...CANDIDATE_FIELDS).get()).docs;
}
