/**
 * Which part of a filter Firestore itself can evaluate. Only a necessary condition is pushed down: the rest
 * is always evaluated exactly on what comes back, so a query may return too much but never too little.
 */
import type { Condition, FilterTree } from './filter.ts';

/** A condition in Firestore's own words, on a field that has the indexes for it. */
export interface PushedEquality {
  readonly field: 'sessionId' | 'tags' | 'kind';
  readonly operator: '==' | 'array-contains';
  readonly value: string;
}

/** A bound on the field that a query is ordered by. */
export interface PushedRange {
  readonly operator: '>' | '>=' | '<' | '<=';
  readonly value: string | number;
}

/** From the most to the least selective; each has a composite index with each of `EQUALITY_ORDERS`. */
export const EQUALITIES = ['sessionId', 'tags', 'kind'] as const;

/** The equality that narrows a query most, or null. One alone, so that few composite indexes are needed. */
export function pushedEquality(filter: FilterTree): PushedEquality | null {
  const required = requiredConditions(filter);
  for (const field of EQUALITIES) {
    for (const { operator, operand, ...condition } of required) {
      if (condition.field !== field || typeof operand !== 'string') continue;
      if (field === 'tags' && (operator === 'eq' || operator === 'contains')) {
        return { field, operator: 'array-contains', value: operand };
      }
      if (field !== 'tags' && operator === 'eq') return { field, operator: '==', value: operand };
    }
  }
  return null;
}

/**
 * The orders with which an equality is pushed down. The others are rare, and a composite index for each
 * would make every memory larger: their filters are evaluated on what the order itself brings.
 */
export const EQUALITY_ORDERS: ReadonlySet<string> = new Set(['createdAt', 'occurredAt']);

const RANGES = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** The bounds on the field of the order. */
export function pushedRanges(filter: FilterTree, orderField: string): PushedRange[] {
  return requiredConditions(filter).flatMap(({ field, operator, operand }) => {
    if (field !== orderField || !(operator in RANGES)) return [];
    if (typeof operand !== 'string' && typeof operand !== 'number') return [];
    return [{ operator: RANGES[operator as keyof typeof RANGES], value: operand }];
  });
}

/** The conditions that every memory that passes must meet. */
function requiredConditions(filter: FilterTree): Condition[] {
  if ('condition' in filter) return [filter.condition];
  if ('all' in filter) return filter.all.flatMap(requiredConditions);
  return [];
}
