/**
 * Brings from Firestore, at bounded reads, the index entries among which the answer of a query is: one
 * `findNearest` over the joined vectors, and the entries of the query's rare words where those are missing among
 * them, so that a word that is in few memories finds them however many others there are.
 */
import type { DocumentSnapshot, Query, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { EVERYTHING, type FilterTree } from '../core/filter.ts';
import { queryVector } from '../core/joined-vector.ts';
import type { RankingQuery } from '../core/ranking.ts';
import { rareWords } from '../core/rare-words.ts';
import type { TermStatistics } from '../core/word-sample.ts';
import { CANDIDATE_FIELDS, type Candidate, decodeCandidate } from '../storage/entry-codec.ts';
import { countVectorScan } from '../storage/meter.ts';
import type { SpacePaths } from '../storage/paths.ts';
import type { Embedder } from './embedder.ts';
import { VECTOR_FIELD, vectorConditions } from './vector-queries.ts';

/** What is looked for. */
export interface CandidateQuery {
  readonly ranking: RankingQuery;
  /** The embedder of the query, and of the entries that can be compared with it. */
  readonly embedder: Pick<Embedder, 'id'>;
  /** The other embedders that the space has entries of, see `otherEmbedders`; what is nearest does not wait for it. */
  readonly others: Promise<Pick<OtherEmbedders, 'ids'>>;
  /** The ids of memories that are wanted wherever they are, see `favoured`. */
  readonly preferred: Promise<readonly string[]>;
  readonly statistics: TermStatistics;
  readonly filter: FilterTree;
  /** Entries that `findNearest` may return. */
  readonly nearest: number;
}

/** Embedders that a space has entries of. */
export interface OtherEmbedders {
  readonly ids: readonly string[];
  /** True iff there are more than these. */
  readonly isMore: boolean;
}

/**
 * The embedders other than the present one that made entries of a space: there are some while a space is being
 * reindexed, and while an embedder that failed has texts to catch up with. Reads one document more than it finds.
 * @param most tells of no more than so many
 */
export async function otherEmbedders(
  paths: SpacePaths,
  present: string,
  most: number,
): Promise<OtherEmbedders> {
  const others = paths.index.where('embedder', '!=', present).orderBy('embedder').select('embedder');
  const ids: string[] = [];
  for (let query = others; ; query = others.startAfter(ids.at(-1))) {
    const [entry] = (await query.limit(1).get()).docs;
    if (entry === undefined || ids.length === most) return { ids, isMore: entry !== undefined };
    ids.push(String(entry.get('embedder')));
  }
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
  const { embedder, statistics, filter } = query;
  const { mode, idfs, semantic, known } = query.ranking;
  const both = queryVector(idfs, semantic, mode, known);
  const byWords = mode === 'semantic' ? null : queryVector(idfs, null, mode);
  if (both !== null) countVectorScan(statistics.entries);
  const ofOther = (other: string) => {
    // Together they scan what the first has been counted with, each to a read of its own.
    if (byWords !== null) countVectorScan(1);
    return nearest(paths, query, other, byWords);
  };
  const [own, ofOthers] = await Promise.all([
    nearest(paths, query, embedder.id, both),
    query.others.then(({ ids }) => Promise.all(ids.map(ofOther))),
  ]);
  const pages = [own, ...ofOthers];
  const near = decoded(pages.flat());
  const isAllNear = pages.every(({ length }) => length < query.nearest);
  if (isAllNear) return { candidates: distinct(near, embedder.id), isAll: true };
  const asked = { mode, statistics, idfs, isFiltered: filter !== EVERYTHING };
  const { words, budget } = rareWords(asked, near);
  const [withRare, preferred] = await Promise.all([
    withTerms(paths, words, budget),
    query.preferred.then((ids) => entriesOf(paths, ids, near)),
  ]);
  const isAllWithWords = words.length === statistics.frequencies.size && withRare.length < budget;
  const found = [...decoded(withRare), ...decoded(preferred), ...near];
  return { candidates: distinct(found, embedder.id), isAll: mode === 'keyword' && isAllWithWords };
}

function decoded(entries: readonly DocumentSnapshot[]): Candidate[] {
  return entries.map(decodeCandidate).filter((candidate) => candidate !== null);
}

/** Each candidate once, with what can be compared of it. */
function distinct(found: readonly Candidate[], embedderId: string): Candidate[] {
  return [...new Map(found.map((candidate) => [candidate.id, comparable(candidate, embedderId)])).values()];
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

/** The entries of these memories that are not among the nearest. */
async function entriesOf(
  paths: SpacePaths,
  ids: readonly string[],
  nearest: readonly Candidate[],
): Promise<DocumentSnapshot[]> {
  const known = new Set(nearest.map(({ id }) => id));
  const missing = ids.filter((id) => !known.has(id)).map((id) => paths.entry(id));
  if (missing.length === 0) return [];
  return paths.index.firestore.getAll(...missing, { fieldMask: CANDIDATE_FIELDS });
}
