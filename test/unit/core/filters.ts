/** Any filter, and an evaluator of filters that shares nothing with the one that is tested. */
import fc from 'fast-check';
import type { Filter, FilterValue, Memory } from '../../../functions/src/contract/types.ts';

type Values = fc.Arbitrary<FilterValue>;

const TIMES = ['occurredAt', 'createdAt', 'updatedAt', 'expiresAt'];
const texts: Values = fc.constantFrom('a', 'b', 'ab', 'Oslo', 'é', 'fact', 'message', 'user');
/** The same instants as those of `anyMemory`, in several spellings. */
const times: Values = fc.constantFrom(
  '2024-01-01T00:00Z',
  '2024-01-01T00:00:00Z',
  '2024-01-01T00:00:00.000Z',
  '2024-01-01T00:00:00.001000Z',
  '2023-12-31T23:59:59.999Z',
  '2024-06-01T12:00:00.0Z',
);
const numbers: Values = fc.constantFrom(0, 0.5, 1, 2, 2.5, 3);
const orNull = (values: Values): Values => fc.oneof({ arbitrary: values, weight: 4 }, fc.constant(null));

interface FieldKind {
  readonly names: readonly string[];
  readonly values: Values;
  readonly ordered?: Values;
  readonly containing?: true;
}

const KINDS: readonly FieldKind[] = [
  { names: ['id', 'kind', 'text', 'createdBy', 'tags'], values: texts, containing: true },
  {
    names: ['role', 'sessionId', 'agentId', 'persona', 'source'],
    values: orNull(texts),
    containing: true,
  },
  { names: ['importance', 'version'], values: numbers, ordered: numbers },
  { names: ['occurredAt', 'createdAt', 'updatedAt'], values: times, ordered: times },
  { names: ['expiresAt'], values: orNull(times), ordered: times },
  {
    names: ['metadata.city', 'metadata.n', 'metadata.place.city', 'metadata.toString', 'metadata.city.n.x'],
    values: fc.oneof(texts, numbers, fc.boolean(), fc.constant(null)),
    ordered: fc.oneof(texts, numbers),
    containing: true,
  },
];

/** The operators of one condition: one or two of those that the field allows. */
function operatorsOf({ values, ordered, containing }: FieldKind): fc.Arbitrary<object> {
  const choices: fc.Arbitrary<object>[] = [
    fc.tuple(fc.constantFrom('eq', 'ne'), values).map(pair),
    fc.tuple(fc.constantFrom('in', 'nin'), fc.array(values, { minLength: 1, maxLength: 3 })).map(pair),
    fc.boolean().map((exists) => ({ exists })),
  ];
  if (ordered) choices.push(fc.tuple(fc.constantFrom('gt', 'gte', 'lt', 'lte'), ordered).map(pair));
  if (containing) choices.push(texts.map((contains) => ({ contains })));
  const one = fc.oneof(...choices);
  return fc.oneof({ arbitrary: one, weight: 3 }, fc.tuple(one, one).map(merged));
}

function pair([name, value]: [string, unknown]): object {
  return { [name]: value };
}

function merged([a, b]: [object, object]): object {
  return { ...a, ...b };
}

/** Conditions on one field, or on two. */
const conditions: fc.Arbitrary<object> = (() => {
  const one = fc
    .constantFrom(...KINDS)
    .chain((kind) =>
      fc.tuple(fc.constantFrom(...kind.names), fc.oneof(kind.values, operatorsOf(kind))).map(pair),
    );
  return fc.oneof({ arbitrary: one, weight: 3 }, fc.tuple(one, one).map(merged), fc.constant({}));
})();

function grouped(inner: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const several = fc.array(inner, { minLength: 1, maxLength: 2 });
  return fc.oneof(
    several.map((AND) => ({ AND })),
    several.map((OR) => ({ OR })),
    inner.map((NOT) => ({ NOT })),
    conditions,
  );
}

/** Any filter within the limits of the grammar, of values that those of `anyMemory` often meet. */
export const anyFilter = grouped(grouped(grouped(conditions))) as fc.Arbitrary<Filter>;

/** What the contract says of a filter, written down as plainly as it can be. */
export function naivelyPasses(filter: Filter, memory: Memory): boolean {
  const [operator] = Object.keys(filter);
  const inner: unknown = Object.values(filter)[0];
  if (operator === 'AND') return (inner as Filter[]).every((each) => naivelyPasses(each, memory));
  if (operator === 'OR') return (inner as Filter[]).some((each) => naivelyPasses(each, memory));
  if (operator === 'NOT') return !naivelyPasses(inner as Filter, memory);
  return Object.entries(filter).every(([field, value]) => {
    const operators = typeof value === 'object' && value !== null ? Object.entries(value) : [['eq', value]];
    return operators.every(([name, operand]) => holds(String(name), lookUp(memory, field), operand, field));
  });
}

function lookUp(memory: Memory, field: string): unknown {
  let value: unknown = memory;
  for (const key of field.split('.')) {
    const entry = Object.entries((value ?? {}) as object).find(([name]) => name === key);
    value = entry?.[1];
  }
  return value;
}

function holds(operator: string, stored: unknown, operand: unknown, field: string): boolean {
  const instant = (value: unknown) =>
    TIMES.includes(field) && typeof value === 'string' ? new Date(value).getTime() : value;
  const value = instant(stored ?? null);
  const wanted = Array.isArray(operand) ? operand.map(instant) : [instant(operand)];
  const members = (Array.isArray(value) ? value : [value]).filter((member) => member !== null);
  const meets = wanted.some((each) =>
    each === null ? members.length === 0 : members.some((member) => member === each),
  );
  const order = compare(value, wanted[0]);
  switch (operator) {
    case 'eq':
    case 'in':
      return meets;
    case 'ne':
    case 'nin':
      return !meets;
    case 'exists':
      return members.length > 0 === operand;
    case 'contains':
      if (typeof value === 'string') return typeof operand === 'string' && value.indexOf(operand) >= 0;
      return Array.isArray(value) && meets;
    case 'gt':
      return order > 0;
    case 'gte':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'lte':
      return order <= 0;
    default:
      throw new Error(`There is no operator ${operator}.`);
  }
}

/** Below, at or above 0 as the first is before, at or after the second; NaN where they have no order. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  return Number.NaN;
}
