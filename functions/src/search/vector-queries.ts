/**
 * What the vector queries ask of Firestore's indexes. The emulator does not report vector queries, so
 * `npm run check:indexes` reads here which indexes they need.
 */
import { COLLECTIONS } from '../config.ts';
import { type FilterTree, parseFilter } from '../core/filter.ts';
import { EQUALITIES, type PushedEquality, pushedEquality } from '../core/filter-pushdown.ts';
import { LEXICAL_DIMENSIONS, SEMANTIC_DIMENSIONS } from '../core/joined-vector.ts';

/** The field of an index entry that is searched. */
export const VECTOR_FIELD = 'vector';

/** A condition of a vector query. */
export type VectorCondition =
  | PushedEquality
  | { readonly field: 'embedder'; readonly operator: '=='; readonly value: string };

/**
 * The conditions that `findNearest` is narrowed by; every one of them is a field of its index. Only vectors of one
 * embedder are ever compared.
 */
export function vectorConditions(filter: FilterTree, embedderId: string): readonly VectorCondition[] {
  const equality = pushedEquality(filter);
  const own = { field: 'embedder', operator: '==', value: embedderId } as const;
  return equality === null ? [own] : [own, equality];
}

/** The index that vector queries of this filter need, in the form of `firestore.indexes.json`. */
function indexFor(filter: FilterTree) {
  const conditions = vectorConditions(filter, '').map(({ field, operator }) =>
    operator === '=='
      ? { fieldPath: field, order: 'ASCENDING' }
      : { fieldPath: field, arrayConfig: 'CONTAINS' },
  );
  const dimension = LEXICAL_DIMENSIONS + SEMANTIC_DIMENSIONS;
  return {
    collectionGroup: COLLECTIONS.index,
    queryScope: 'COLLECTION',
    fields: [...conditions, { fieldPath: VECTOR_FIELD, vectorConfig: { dimension, flat: {} } }],
  };
}

/** The index of every vector query that can be made: of each equality that is pushed down, and of none. */
export const VECTOR_QUERIES = [{}, ...EQUALITIES.map((field) => ({ [field]: 'value' }))].map((filter) =>
  indexFor(parseFilter(filter)),
);
