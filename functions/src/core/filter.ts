/**
 * The filter grammar: from an untrusted value to a checked tree, and the exact evaluation of that tree on a
 * memory. What cannot be honoured is an error, never dropped.
 */
import { LIMITS } from '../config.ts';
import type { Filter, FilterValue, Memory } from '../contract/types.ts';
import { type Issue, ValidationError } from '../errors.ts';
import { type FieldType, fieldType, fieldValue, type Reading } from './filter-fields.ts';

/** An operator of the grammar. */
export type FilterOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'nin' | 'exists' | 'contains';

/** One checked condition; times are in the stored form. */
export interface Condition {
  readonly field: string;
  readonly operator: FilterOperator;
  readonly operand: FilterValue | readonly FilterValue[];
}

/** A checked filter. */
export type FilterTree =
  | { readonly all: readonly FilterTree[] }
  | { readonly any: readonly FilterTree[] }
  | { readonly not: FilterTree }
  | { readonly condition: Condition };

/** The filter that every memory passes. */
export const EVERYTHING: FilterTree = { all: [] };

/**
 * Checks a filter.
 * @param path where it stands in the request, for the issues
 * @throws ValidationError (`invalid-argument`) naming each unknown field or operator, wrong type or excess
 */
export function parseFilter(filter: Filter | undefined, path = 'filter'): FilterTree {
  if (filter === undefined) return EVERYTHING;
  const issues: Issue[] = [];
  const budget = { conditions: LIMITS.MAX_FILTER_CONDITIONS, nodes: LIMITS.MAX_FILTER_NODES };
  const tree = parseNode(filter, { path, depth: 1, issues, budget });
  if (issues.length > 0) throw new ValidationError(issues, 'invalid-filter');
  return tree;
}

/** True iff the memory passes the filter. */
export function passes(tree: FilterTree, memory: Memory): boolean {
  if ('all' in tree) return tree.all.every((inner) => passes(inner, memory));
  if ('any' in tree) return tree.any.some((inner) => passes(inner, memory));
  if ('not' in tree) return !passes(tree.not, memory);
  return holds(tree.condition, fieldValue(memory, tree.condition.field));
}

interface Position {
  readonly path: string;
  readonly depth: number;
  readonly issues: Issue[];
  readonly budget: { conditions: number; nodes: number };
}

function parseNode(node: unknown, at: Position): FilterTree {
  const refuse = (code: string): FilterTree => {
    at.issues.push({ path: at.path, code });
    return EVERYTHING;
  };
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return refuse('invalid_type');
  if (at.depth > LIMITS.MAX_FILTER_DEPTH) return refuse('too_deep');
  at.budget.nodes -= 1;
  if (at.budget.nodes < 0) return at.budget.nodes === -1 ? refuse('too_many_nodes') : EVERYTHING;
  const entries = Object.entries(node);
  const [first] = entries;
  if (first !== undefined && LOGICAL.has(first[0])) {
    if (entries.length > 1) return refuse('mixed_operators');
    return parseLogical(first[0], first[1], at);
  }
  const conditions = entries.flatMap(([field, value]) => parseField(field, value, at));
  return conditions.length === 1 && conditions[0] !== undefined ? conditions[0] : { all: conditions };
}

const LOGICAL = new Set(['AND', 'OR', 'NOT']);

function parseLogical(operator: string, value: unknown, at: Position): FilterTree {
  const path = `${at.path}.${operator}`;
  const inside = (inner: unknown, place: string) =>
    parseNode(inner, { ...at, path: place, depth: at.depth + 1 });
  if (operator === 'NOT') return { not: inside(value, path) };
  if (!Array.isArray(value) || value.length === 0 || value.length > LIMITS.MAX_FILTER_CONDITIONS) {
    at.issues.push({ path, code: Array.isArray(value) ? 'invalid_length' : 'invalid_type' });
    return EVERYTHING;
  }
  const nodes = value.map((inner, index) => inside(inner, `${path}.${index}`));
  return operator === 'AND' ? { all: nodes } : { any: nodes };
}

function parseField(field: string, value: unknown, at: Position): FilterTree[] {
  const type = fieldType(field);
  if (type === null) {
    at.issues.push({
      path: `${at.path}.${/^[\w.-]{1,80}$/.test(field) ? field : '?'}`,
      code: 'unknown_field',
    });
    return [];
  }
  const path = `${at.path}.${field}`;
  const operators =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : [['eq', value]];
  if (operators.length === 0) at.issues.push({ path, code: 'too_small' });
  return operators.flatMap(([operator, operand]) => {
    const condition = checkCondition(field, type, String(operator), operand);
    at.budget.conditions -= 1;
    if (typeof condition === 'string') {
      const plain = /^[a-z]{1,20}$/i.test(String(operator)) ? operator : '?';
      at.issues.push({ path: `${path}.${plain}`, code: condition });
      return [];
    }
    if (at.budget.conditions < 0) {
      at.issues.push({ path, code: 'too_many_conditions' });
      return [];
    }
    return [{ condition }];
  });
}

/** Returns the checked condition, or the code of what is wrong with it. */
function checkCondition(
  field: string,
  type: FieldType,
  operator: string,
  operand: unknown,
): Condition | string {
  switch (operator) {
    case 'eq':
    case 'ne':
      return conditionOf(field, operator, type.read(operand));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      if (!type.ordered) return 'operator_not_allowed';
      if (operand === null || typeof operand === 'boolean') return 'invalid_type';
      return conditionOf(field, operator, type.read(operand));
    case 'in':
    case 'nin': {
      if (!Array.isArray(operand)) return 'invalid_type';
      if (operand.length === 0 || operand.length > LIMITS.MAX_FILTER_VALUES) return 'invalid_length';
      const values: FilterValue[] = [];
      for (const each of operand) {
        const reading = type.read(each);
        if ('code' in reading) return reading.code;
        values.push(reading.value);
      }
      return { field, operator, operand: values };
    }
    case 'exists':
      return typeof operand === 'boolean' ? { field, operator, operand } : 'invalid_type';
    case 'contains':
      if (!type.containing) return 'operator_not_allowed';
      if (operand === null || operand === '') return 'invalid_type';
      return conditionOf(field, operator, type.read(operand));
    default:
      return 'unknown_operator';
  }
}

function conditionOf(field: string, operator: FilterOperator, reading: Reading): Condition | string {
  return 'code' in reading ? reading.code : { field, operator, operand: reading.value };
}

/**
 * What a field holds: the members of a list, or its one value. Null, alone or in a list, is no value; so an absent
 * field, null and an empty list are the same: they equal null, do not exist, contain nothing and have no order.
 */
function valuesOf(value: unknown): readonly unknown[] {
  return (Array.isArray(value) ? value : [value]).filter((each) => each !== undefined && each !== null);
}

/** A list matches by its members. It has no order, as an absent field has none. */
function holds(condition: Condition, value: unknown): boolean {
  const { operator, operand } = condition;
  const values = valuesOf(value);
  const isAny = (wanted: unknown) => (wanted === null ? values.length === 0 : values.includes(wanted));
  switch (operator) {
    case 'eq':
      return isAny(operand);
    case 'ne':
      return !isAny(operand);
    case 'in':
      return (operand as readonly FilterValue[]).some(isAny);
    case 'nin':
      return !(operand as readonly FilterValue[]).some(isAny);
    case 'exists':
      return operand === values.length > 0;
    case 'contains':
      if (typeof value === 'string') return typeof operand === 'string' && value.includes(operand);
      return Array.isArray(value) && isAny(operand);
    default:
      return compares(operator, value, operand as string | number);
  }
}

function compares(operator: 'gt' | 'gte' | 'lt' | 'lte', value: unknown, bound: string | number): boolean {
  if (typeof value !== typeof bound || (typeof value !== 'string' && typeof value !== 'number')) return false;
  switch (operator) {
    case 'gt':
      return value > bound;
    case 'gte':
      return value >= bound;
    case 'lt':
      return value < bound;
    case 'lte':
      return value <= bound;
  }
}
