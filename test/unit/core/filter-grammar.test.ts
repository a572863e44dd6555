import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS } from '../../../functions/src/config.ts';
import type { Filter } from '../../../functions/src/contract/types.ts';
import { parseFilter } from '../../../functions/src/core/filter.ts';
import { type Issue, ValidationError } from '../../../functions/src/errors.ts';
import { fastest } from '../fastest.ts';

/** What is wrong with a filter that came over the wire. */
function issuesOf(filter: unknown, path?: string): readonly Issue[] {
  let issues: readonly Issue[] = [];
  assert.throws(
    () => parseFilter(filter as Filter, path),
    (error) => {
      assert.ok(error instanceof ValidationError);
      assert.equal(error.code, 'invalid-argument');
      assert.equal(error.details.reason, 'invalid-filter');
      issues = error.details.issues ?? [];
      return true;
    },
  );
  return issues;
}

function nested(levels: number): Filter {
  return levels === 1 ? { kind: 'fact' } : { NOT: nested(levels - 1) };
}

function ands(count: number, leaf: Filter): Filter {
  return { AND: new Array<Filter>(count).fill(leaf) };
}

const AT_THE_EDGE: readonly [title: string, filter: unknown][] = [
  ['of 5 levels', nested(LIMITS.MAX_FILTER_DEPTH)],
  ['of 30 conditions in one group', ands(30, { kind: 'fact' })],
  ['of 30 conditions on 10 fields', { OR: new Array(10).fill({ version: { gt: 1, lt: 5, ne: 3 } }) }],
  ['of 30 values in a list', { kind: { in: new Array(30).fill('x') } }],
  ['on metadata of 3 levels', { 'metadata.a.b.c': 1 }],
  ['of the longest values', { text: 'x'.repeat(32_768), sessionId: 's'.repeat(128), tags: 'é'.repeat(64) }],
  ['of a time with zeros beyond the milliseconds', { createdAt: '2024-05-01T00:00:00.123000000Z' }],
  ['of members that are no texts', { 'metadata.a': { contains: 5 }, 'metadata.b': { contains: false } }],
  ['of 100 parts', { AND: [ands(30, {}), ands(30, {}), ands(30, {}), ands(5, {})] }],
];

const REFUSED: readonly [title: string, filter: unknown, path: string, code: string][] = [
  ['null', null, 'filter', 'invalid_type'],
  ['a text', 'kind = fact', 'filter', 'invalid_type'],
  ['a list', [{ kind: 'fact' }], 'filter', 'invalid_type'],
  ['an unknown field', { city: 'Oslo' }, 'filter.city', 'unknown_field'],
  ['the field tenant', { tenant: 'acme' }, 'filter.tenant', 'unknown_field'],
  ['metadata as a whole', { metadata: 1 }, 'filter.metadata', 'unknown_field'],
  ['metadata without a key', { 'metadata.': 1 }, 'filter.metadata.', 'unknown_field'],
  ['metadata with an empty key', { 'metadata.a..b': 1 }, 'filter.metadata.a..b', 'unknown_field'],
  ['metadata with a reserved key', { 'metadata.a.__b': 1 }, 'filter.metadata.a.__b', 'unknown_field'],
  ['metadata of 4 levels', { 'metadata.a.b.c.d': 1 }, 'filter.metadata.a.b.c.d', 'unknown_field'],
  ['a field of the prototype', { constructor: 1 }, 'filter.constructor', 'unknown_field'],
  ['__proto__', JSON.parse('{"__proto__":{"eq":1}}'), 'filter.__proto__', 'unknown_field'],
  ['a field with odd characters', { 'kind = 1; --': 1 }, 'filter.?', 'unknown_field'],
  ['a field without an operator', { kind: {} }, 'filter.kind', 'too_small'],
  ['an unknown operator', { kind: { like: 'f%' } }, 'filter.kind.like', 'unknown_operator'],
  ['an operator of the prototype', { kind: { toString: 1 } }, 'filter.kind.toString', 'unknown_operator'],
  ['an operator with odd characters', { kind: { $where: '1' } }, 'filter.kind.?', 'unknown_operator'],
  ['an object as a value', { 'metadata.a': { b: 1 } }, 'filter.metadata.a.b', 'unknown_operator'],
  ['a number as a text', { kind: 5 }, 'filter.kind.eq', 'invalid_type'],
  ['null as a text that is never absent', { kind: null }, 'filter.kind.eq', 'invalid_type'],
  ['a list as a value', { tags: ['a'] }, 'filter.tags.eq', 'invalid_type'],
  ['a lone surrogate', { text: { contains: '\ud800' } }, 'filter.text.contains', 'invalid_type'],
  ['a lone surrogate as metadata', { 'metadata.a': '\udfff' }, 'filter.metadata.a.eq', 'invalid_type'],
  ['an order of texts', { kind: { gt: 'a' } }, 'filter.kind.gt', 'operator_not_allowed'],
  ['an order of tags', { tags: { lte: 'a' } }, 'filter.tags.lte', 'operator_not_allowed'],
  [
    'a substring of a number',
    { version: { contains: '1' } },
    'filter.version.contains',
    'operator_not_allowed',
  ],
  [
    'a substring of a time',
    { createdAt: { contains: '2' } },
    'filter.createdAt.contains',
    'operator_not_allowed',
  ],
  ['null as a member', { 'metadata.a': { contains: null } }, 'filter.metadata.a.contains', 'invalid_type'],
  ['a number in a text', { text: { contains: 5 } }, 'filter.text.contains', 'invalid_type'],
  [
    'a bound between two milliseconds',
    { createdAt: { gte: '2024-05-01T00:00:00.0005Z' } },
    'filter.createdAt.gte',
    'too_precise',
  ],
  [
    'a time in a list to the nanosecond',
    { expiresAt: { in: [null, '2024-05-01T00:00:00.123000001Z'] } },
    'filter.expiresAt.in',
    'too_precise',
  ],
  ['an id that none can have', { sessionId: 's'.repeat(129) }, 'filter.sessionId.eq', 'too_big'],
  ['a tag that none can be', { tags: { in: ['a', 't'.repeat(193)] } }, 'filter.tags.in', 'too_big'],
  ['a label that none can be', { source: { ne: 's'.repeat(769) } }, 'filter.source.ne', 'too_big'],
  [
    'a text that none can be',
    { text: { contains: 'x'.repeat(3_000_000) } },
    'filter.text.contains',
    'too_big',
  ],
  ['too much metadata', { 'metadata.a': 'x'.repeat(8_193) }, 'filter.metadata.a.eq', 'too_big'],
  ['a key that no metadata has', { [`metadata.${'k'.repeat(129)}`]: 1 }, 'filter.?', 'unknown_field'],
  ['an empty substring', { text: { contains: '' } }, 'filter.text.contains', 'invalid_type'],
  ['a number as a substring', { text: { contains: 1 } }, 'filter.text.contains', 'invalid_type'],
  ['a text as a number', { importance: { gte: '0.5' } }, 'filter.importance.gte', 'invalid_type'],
  ['NaN', { importance: Number.NaN }, 'filter.importance.eq', 'invalid_type'],
  ['Infinity', { 'metadata.n': { lt: Infinity } }, 'filter.metadata.n.lt', 'invalid_type'],
  ['a bound that is null', { expiresAt: { lt: null } }, 'filter.expiresAt.lt', 'invalid_type'],
  ['a bound that is a boolean', { 'metadata.a': { gt: true } }, 'filter.metadata.a.gt', 'invalid_type'],
  ['a time in words', { createdAt: { gt: 'yesterday' } }, 'filter.createdAt.gt', 'invalid_type'],
  ['a time in milliseconds', { createdAt: { gt: 1 } }, 'filter.createdAt.gt', 'invalid_type'],
  [
    'a time with an offset',
    { createdAt: '2024-01-01T00:00:00+01:00' },
    'filter.createdAt.eq',
    'invalid_type',
  ],
  ['a time without a zone', { createdAt: '2024-01-01T00:00:00' }, 'filter.createdAt.eq', 'invalid_type'],
  ['a thirteenth month', { createdAt: '2024-13-01T00:00:00Z' }, 'filter.createdAt.eq', 'invalid_type'],
  [
    'a day that its month lacks',
    { createdAt: '2024-02-30T00:00:00Z' },
    'filter.createdAt.eq',
    'invalid_type',
  ],
  ['the hour 24', { createdAt: { lt: '9999-12-31T24:00:00Z' } }, 'filter.createdAt.lt', 'invalid_type'],
  [
    'a time before the first',
    { createdAt: { gt: '0000-12-31T00:00:00Z' } },
    'filter.createdAt.gt',
    'invalid_type',
  ],
  ['in without a list', { kind: { in: 'fact' } }, 'filter.kind.in', 'invalid_type'],
  ['in of nothing', { kind: { in: [] } }, 'filter.kind.in', 'invalid_length'],
  ['31 values', { kind: { nin: new Array(31).fill('x') } }, 'filter.kind.nin', 'invalid_length'],
  ['a value of another type in a list', { kind: { in: ['a', 1] } }, 'filter.kind.in', 'invalid_type'],
  ['exists of a text', { kind: { exists: 'yes' } }, 'filter.kind.exists', 'invalid_type'],
  ['AND of an object', { AND: { kind: 'fact' } }, 'filter.AND', 'invalid_type'],
  ['OR of nothing', { OR: [] }, 'filter.OR', 'invalid_length'],
  ['AND of 31', ands(31, {}), 'filter.AND', 'invalid_length'],
  ['NOT of a list', { NOT: [{ kind: 'fact' }] }, 'filter.NOT', 'invalid_type'],
  ['OR of a text', { OR: [{}, 'x'] }, 'filter.OR.1', 'invalid_type'],
  ['a group beside a field', { AND: [{}], kind: 'fact' }, 'filter', 'mixed_operators'],
  ['a field beside a group', { kind: 'fact', AND: [{}] }, 'filter.AND', 'unknown_field'],
  ['6 levels', nested(6), `filter${'.NOT'.repeat(5)}`, 'too_deep'],
  [
    '31 conditions',
    { OR: [...new Array(10).fill({ version: { gt: 1, lt: 5, ne: 3 } }), { kind: 'fact' }] },
    'filter.OR.10.kind',
    'too_many_conditions',
  ],
  [
    '101 parts without a condition',
    { AND: [ands(30, {}), ands(30, {}), ands(30, {}), ands(6, {})] },
    'filter.AND.3.AND.5',
    'too_many_nodes',
  ],
];

describe('the grammar of filters', () => {
  for (const [title, filter] of AT_THE_EDGE) {
    it(`takes one ${title}`, () => {
      parseFilter(filter as Filter);
    });
  }

  for (const [title, filter, path, code] of REFUSED) {
    it(`refuses ${title}`, () => {
      assert.deepEqual(issuesOf(filter), [{ path, code }]);
    });
  }

  it('names all that is wrong, and where in the request the filter stands', () => {
    const filter = { OR: [{ city: 'x' }, { kind: { gt: 1, eq: 2 } }] };
    assert.deepEqual(issuesOf(filter, 'memories.0.filter'), [
      { path: 'memories.0.filter.OR.0.city', code: 'unknown_field' },
      { path: 'memories.0.filter.OR.1.kind.gt', code: 'operator_not_allowed' },
      { path: 'memories.0.filter.OR.1.kind.eq', code: 'invalid_type' },
    ]);
  });

  it('refuses a filter of a million parts at once', () => {
    const filter = ands(30, ands(30, ands(30, ands(30, {}))));
    assert.ok(fastest(() => issuesOf(filter)) < 50);
  });

  it('throws nothing but a ValidationError, and repeats no value, whatever comes', () => {
    const name = fc.oneof(fc.constantFrom('kind', 'AND', 'OR', 'NOT', 'eq', 'in', 'metadata.a'), fc.string());
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 8 },
        fc.constantFrom('s3cret value', 42.42, null, true),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, (filter) => {
        try {
          parseFilter(filter as Filter);
        } catch (error) {
          assert.ok(error instanceof ValidationError);
          const told = JSON.stringify([error.message, error.details]);
          assert.ok(!told.includes('s3cret') && !told.includes('42.42'));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
