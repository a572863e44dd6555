import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Filter, Memory } from '../../../functions/src/contract/types.ts';
import { parseFilter, passes } from '../../../functions/src/core/filter.ts';
import {
  type PushedEquality,
  type PushedRange,
  pushedEquality,
  pushedRanges,
} from '../../../functions/src/core/filter-pushdown.ts';
import { anyFilter } from './filters.ts';
import { anyMemory } from './sample.ts';

const ORDER_FIELDS = ['createdAt', 'occurredAt', 'updatedAt', 'importance'] as const;

/** Whether Firestore would return the memory for the equality. */
function equalityHolds({ field, operator, value }: PushedEquality, memory: Memory): boolean {
  if (operator === '==') return memory[field] === value;
  const list: unknown = memory[field];
  return Array.isArray(list) && list.includes(value);
}

/** Whether Firestore would return the memory for the bound, in which times are instants. */
function rangeHolds({ operator, value }: PushedRange, stored: string | number): boolean {
  const [left, right] = [stored, value].map((each) => (typeof each === 'string' ? Date.parse(each) : each));
  if (left === undefined || right === undefined) return false;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return operator === '<' ? left < right : left <= right;
}

describe('what is pushed down to Firestore', () => {
  it('is a condition of every memory that passes, so that no query returns too little', () => {
    const met = { equalities: 0, ranges: 0 };
    const bound = fc.constantFrom('2024-01-01T00:00Z', '2024-01-01T00:00:00.001Z', '2024-06-01T12:00:00Z');
    const operator = fc.constantFrom('gt', 'gte', 'lt', 'lte', 'eq', 'ne');
    const pushable: fc.Arbitrary<Filter> = fc.oneof(
      fc.constantFrom<Filter>(
        { kind: 'fact' },
        { tags: 'a' },
        { tags: { contains: 'b' } },
        { sessionId: 'a' },
      ),
      fc
        .tuple(fc.constantFrom(...ORDER_FIELDS.slice(0, 3)), operator, bound)
        .map(([field, name, value]) => ({ [field]: { [name]: value } })),
      fc.tuple(operator, fc.constantFrom(0, 0.5)).map(([name, value]) => ({ importance: { [name]: value } })),
    );
    const filters = fc.tuple(fc.constantFrom('AND', 'AND', 'OR'), pushable, fc.oneof(pushable, anyFilter));
    fc.assert(
      fc.property(filters, anyMemory, ([group, a, b], memory) => {
        const tree = parseFilter({ [group]: [a, b] } as Filter);
        if (!passes(tree, memory)) return;
        const equality = pushedEquality(tree);
        if (equality !== null) {
          met.equalities += 1;
          assert.ok(equalityHolds(equality, memory), JSON.stringify(equality));
        }
        for (const field of ORDER_FIELDS) {
          for (const range of pushedRanges(tree, field)) {
            met.ranges += 1;
            assert.ok(rangeHolds(range, memory[field]), JSON.stringify([field, range]));
          }
        }
      }),
      { numRuns: 5_000 },
    );
    assert.ok(met.equalities > 50 && met.ranges > 50, `hardly anything was pushed: ${JSON.stringify(met)}`);
  });

  const equalities: readonly [title: string, filter: Filter, expected: PushedEquality | null][] = [
    ['the kind', { kind: 'fact' }, { field: 'kind', operator: '==', value: 'fact' }],
    ['a tag', { tags: 'a' }, { field: 'tags', operator: 'array-contains', value: 'a' }],
    [
      'a tag that is contained',
      { tags: { contains: 'a' } },
      { field: 'tags', operator: 'array-contains', value: 'a' },
    ],
    [
      'the session before tag and kind',
      { kind: 'fact', tags: 'a', sessionId: 's' },
      { field: 'sessionId', operator: '==', value: 's' },
    ],
    [
      'the tag before the kind, also within groups',
      { AND: [{ kind: 'fact' }, { AND: [{ tags: 'a' }] }] },
      { field: 'tags', operator: 'array-contains', value: 'a' },
    ],
    ['nothing of an OR', { OR: [{ kind: 'fact' }, { kind: 'note' }] }, null],
    ['nothing of a NOT', { NOT: { kind: 'fact' } }, null],
    ['nothing of a list of values', { kind: { in: ['fact'] } }, null],
    ['nothing of a substring', { kind: { contains: 'fact' } }, null],
    ['nothing of another field', { persona: 'x' }, null],
    ['nothing of an absent session', { sessionId: null }, null],
    ['nothing of no filter', {}, null],
  ];
  for (const [title, filter, expected] of equalities) {
    it(`is, of equalities, ${title}`, () => {
      assert.deepEqual(pushedEquality(parseFilter(filter)), expected);
    });
  }

  it('is each bound on the field of the order, and none on another', () => {
    const filter: Filter = {
      AND: [
        { createdAt: { gte: '2024-01-01T00:00Z', lt: '2024-02-01T00:00Z' } },
        { importance: { gt: 0.5 } },
      ],
    };
    const tree = parseFilter(filter);
    assert.deepEqual(pushedRanges(tree, 'createdAt'), [
      { operator: '>=', value: '2024-01-01T00:00:00.000Z' },
      { operator: '<', value: '2024-02-01T00:00:00.000Z' },
    ]);
    assert.deepEqual(pushedRanges(tree, 'importance'), [{ operator: '>', value: 0.5 }]);
    assert.deepEqual(pushedRanges(tree, 'updatedAt'), []);
    assert.deepEqual(pushedRanges(parseFilter({ NOT: filter }), 'createdAt'), []);
  });
});
