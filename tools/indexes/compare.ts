/** Holds the indexes that queries used against those that are declared. Pure. */
import {
  type DeclaredIndexes,
  declaredForGroups,
  type FieldOverride,
  hasSingleField,
  overrideWith,
} from './declared-indexes.ts';
import { describeIndex, essential, hasSameFields, type Index, isVector, keyOf } from './index-shape.ts';
import type { UsedIndex } from './usage-report.ts';

/** An index that may be used without being declared, and why. */
export interface AllowedIndex {
  readonly why: string;
  readonly index: Index;
}

/** What is compared. */
export interface Comparison {
  readonly declared: DeclaredIndexes;
  /** The emulator's reports, of all databases. */
  readonly used: readonly UsedIndex[];
  /** The indexes of the vector queries, which the emulator does not report; null where they are not known. */
  readonly vectorQueries: readonly Index[] | null;
  readonly allowed: readonly AllowedIndex[];
}

/** An index that is used and not declared. */
export interface MissingIndex {
  readonly index: Index;
  /** How many queries used it; 0 for vector queries, which are not counted. */
  readonly queries: number;
  /** The list of the file that `add` belongs to. */
  readonly list: 'indexes' | 'fieldOverrides';
  /** What to put there. In `fieldOverrides` it takes the place of an entry of the same field. */
  readonly add: Index | FieldOverride;
  /** What may be meant, or how Firestore may do without it. */
  readonly notes: readonly string[];
}

/** What was found. */
export interface Findings {
  readonly missing: readonly MissingIndex[];
  /** Declared, and used by no query. */
  readonly unused: readonly Index[];
  /** Vector indexes that nothing can be said about. */
  readonly unjudged: readonly Index[];
  /**
   * Used, and taken for the conditions of a vector query, which are reported without the vector. A query that orders by
   * the last of these fields is reported alike, and would need an index of its own.
   */
  readonly taken: readonly Index[];
  /** What is allowed although no query uses it. */
  readonly staleAllowances: readonly AllowedIndex[];
  /** Distinct indexes that were used. */
  readonly used: number;
}

/** Compares. Two reports of one index count as one. */
export function compareIndexes({ declared, used, vectorQueries, allowed }: Comparison): Findings {
  const vectors = (vectorQueries ?? []).map((index) => ({ index, queries: 0 }));
  const uses = distinctUses([...used, ...vectors]);
  const conditions = new Set(vectors.map(({ index }) => keyOf(conditionsOf(index))));
  const composite = new Set(declared.indexes.map(keyOf));
  const allowances = new Set(allowed.map(({ index }) => keyOf(index)));
  const isDeclared = (index: Index) =>
    composite.has(keyOf(index)) || (isSingleField(index) && hasSingleField(declared, index));
  const undeclared = [...uses.values()].filter(
    ({ index }) => !isDeclared(index) && !allowances.has(keyOf(index)),
  );
  const [others, taken] = partition(undeclared, ({ index }) => conditions.has(keyOf(index)));
  const missing = others.map((use) => missingIndex(use, declared));
  const unjudged = vectorQueries === null ? declared.indexes.filter(isVector) : [];
  const unused = [...declared.indexes, ...declaredForGroups(declared)].filter(
    (index) => !uses.has(keyOf(index)) && !unjudged.includes(index),
  );
  const staleAllowances = allowed.filter(({ index }) => !uses.has(keyOf(index)));
  return {
    missing: sorted(missing),
    unused,
    unjudged,
    taken: taken.map(({ index }) => index),
    staleAllowances,
    used: uses.size,
  };
}

/** Those of which it is false, and those of which it is true. */
function partition<T>(items: readonly T[], is: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter((item) => !is(item)), items.filter(is)];
}

/** What the emulator reports of a vector query that has conditions: its index without the vector. */
function conditionsOf(index: Index): Index {
  return { ...index, fields: index.fields.filter((field) => !('vectorConfig' in field)) };
}

function distinctUses(uses: readonly UsedIndex[]): ReadonlyMap<string, UsedIndex> {
  const distinct = new Map<string, UsedIndex>();
  for (const { index, queries } of uses) {
    // A query by document names alone needs no index.
    if (essential(index).fields.length === 0) continue;
    const before = distinct.get(keyOf(index))?.queries ?? 0;
    distinct.set(keyOf(index), { index: essential(index), queries: before + queries });
  }
  return distinct;
}

/** An index of one field is no composite one, unless it is for vectors, which no override can declare. */
function isSingleField(index: Index): boolean {
  return essential(index).fields.length === 1 && !isVector(index);
}

function missingIndex({ index, queries }: UsedIndex, declared: DeclaredIndexes): MissingIndex {
  if (isSingleField(index)) {
    return { index, queries, list: 'fieldOverrides', add: overrideWith(declared, index), notes: [] };
  }
  const near = declared.indexes.filter((other) => hasSameFields(index, other));
  const notes = near.map((other) => `Declared with these fields is: ${describeIndex(other)}`);
  if (mayBeMerged(index)) {
    notes.push(
      'If a query only compares these fields for equality, Firestore merges their own indexes: then allow it.',
    );
  }
  return { index, queries, list: 'indexes', add: index, notes };
}

/** The report does not tell an equality from an order, and equalities alone need no index of their own. */
function mayBeMerged({ queryScope, fields }: Index): boolean {
  return queryScope === 'COLLECTION' && fields.every(({ order }) => order === 'ASCENDING');
}

function sorted(missing: readonly MissingIndex[]): readonly MissingIndex[] {
  const line = ({ index }: MissingIndex) => describeIndex(index);
  return [...missing].sort((a, b) => (line(a) < line(b) ? -1 : 1));
}
