import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS } from '../../../functions/src/config.ts';
import type {
  Filter,
  FilterOperators,
  FilterValue,
  Json,
  Memory,
} from '../../../functions/src/contract/types.ts';
import { EVERYTHING, parseFilter, passes } from '../../../functions/src/core/filter.ts';
import { fastest } from '../fastest.ts';
import { anyFilter, naivelyPasses } from './filters.ts';
import { anyMemory, memoryOf } from './sample.ts';

function matches(filter: Filter, overrides: Partial<Memory> = {}): boolean {
  return passes(parseFilter(filter), memoryOf(overrides));
}

/** Field, operator, a memory that passes, one that does not. */
type Case = readonly [title: string, filter: Filter, passing: Partial<Memory>, failing: Partial<Memory>];

const CASES: readonly Case[] = [
  ['a value is short for eq', { kind: 'note' }, { kind: 'note' }, { kind: 'fact' }],
  ['eq of a text', { createdBy: { eq: 'bob' } }, { createdBy: 'bob' }, { createdBy: 'ann' }],
  ['eq of an id', { id: { eq: 'x' } }, { id: 'x' }, { id: 'X' }],
  ['ne of a text', { kind: { ne: 'note' } }, { kind: 'fact' }, { kind: 'note' }],
  ['ne of an absent field', { role: { ne: 'user' } }, {}, { role: 'user' }],
  ['null of an absent field', { persona: null }, {}, { persona: 'x' }],
  ['in', { kind: { in: ['note', 'event'] } }, { kind: 'event' }, { kind: 'fact' }],
  ['in with null', { agentId: { in: ['x', null] } }, {}, { agentId: 'y' }],
  ['nin', { source: { nin: ['mail'] } }, { source: 'chat' }, { source: 'mail' }],
  ['exists of an optional field', { sessionId: { exists: true } }, { sessionId: 's' }, {}],
  ['not exists of an optional field', { sessionId: { exists: false } }, {}, { sessionId: 's' }],
  ['exists of tags', { tags: { exists: true } }, { tags: ['a'] }, { tags: [] }],
  ['contains of a text', { text: { contains: 'cat' } }, { text: 'a cat' }, { text: 'a Cat' }],
  ['contains of tags', { tags: { contains: 'pet' } }, { tags: ['x', 'pet'] }, { tags: ['pets'] }],
  ['eq of tags: one of them', { tags: 'pet' }, { tags: ['x', 'pet'] }, { tags: ['x'] }],
  ['ne of tags: none of them', { tags: { ne: 'pet' } }, { tags: [] }, { tags: ['x', 'pet'] }],
  ['in of tags: any of them', { tags: { in: ['a', 'b'] } }, { tags: ['b', 'c'] }, { tags: ['c'] }],
  ['nin of tags: none of any', { tags: { nin: ['a', 'b'] } }, { tags: ['c'] }, { tags: ['b', 'c'] }],
  ['gt of a number', { importance: { gt: 0.5 } }, { importance: 0.51 }, { importance: 0.5 }],
  ['gte of a number', { importance: { gte: 0.5 } }, { importance: 0.5 }, { importance: 0.49 }],
  ['lt of a number', { version: { lt: 2 } }, { version: 1 }, { version: 2 }],
  ['lte of a number', { version: { lte: 2 } }, { version: 2 }, { version: 3 }],
  [
    'two operators, both of which must hold',
    { importance: { gt: 0.2, lt: 0.4 } },
    { importance: 0.3 },
    { importance: 0.5 },
  ],
  [
    'eq of a time in another spelling',
    { occurredAt: '2024-05-01T00:00Z' },
    { occurredAt: '2024-05-01T00:00:00.000Z' },
    { occurredAt: '2024-05-01T00:00:00.001Z' },
  ],
  [
    'gt of a time, to the millisecond',
    { createdAt: { gt: '2024-05-01T00:00:00Z' } },
    { createdAt: '2024-05-01T00:00:00.001Z' },
    { createdAt: '2024-05-01T00:00:00.000Z' },
  ],
  [
    'lte of a time that may be absent',
    { expiresAt: { lte: '2024-05-01T00:00:00Z' } },
    { expiresAt: '2024-05-01T00:00:00.000Z' },
    { expiresAt: null },
  ],
  ['null of a time', { expiresAt: null }, {}, { expiresAt: '2024-05-01T00:00:00.000Z' }],
  [
    'metadata at its first level',
    { 'metadata.city': 'Oslo' },
    { metadata: { city: 'Oslo' } },
    { metadata: { town: 'Oslo' } },
  ],
  [
    'metadata at its third level',
    { 'metadata.a.b.c': true },
    { metadata: { a: { b: { c: true } } } },
    { metadata: { a: { b: { c: 'true' } } } },
  ],
  [
    'a bound on metadata, by values of its own type alone',
    { 'metadata.n': { gte: 2 } },
    { metadata: { n: 2 } },
    { metadata: { n: '3' } },
  ],
  [
    'metadata that only its prototype has',
    { 'metadata.toString': { exists: false } },
    { metadata: {} },
    { metadata: { toString: 'own' } },
  ],
  [
    'a list in metadata by its members',
    { 'metadata.list': { contains: 'a' } },
    { metadata: { list: ['a', 'b'] } },
    { metadata: { list: ['ab'] } },
  ],
  ['AND', { AND: [{ kind: 'fact' }, { tags: 'a' }] }, { tags: ['a'] }, { tags: ['b'] }],
  ['OR', { OR: [{ kind: 'note' }, { tags: 'a' }] }, { tags: ['a'] }, { tags: ['b'] }],
  ['NOT', { NOT: { tags: 'a' } }, { tags: ['b'] }, { tags: ['a'] }],
];

const METADATA: Readonly<Record<string, Json>> = {
  null: null,
  none: [],
  nulls: [null],
  text: 'b5',
  number: 5,
  yes: true,
  texts: ['a', 'b5'],
  numbers: [5, null],
  mixed: ['5', true],
  object: {},
};

/** Which fields of `METADATA` pass: `absent` is none of them. The others do not. */
const TABLE: readonly [condition: FilterOperators, passing: readonly string[]][] = [
  [{ eq: null }, ['absent', 'null', 'none', 'nulls']],
  [{ exists: false }, ['absent', 'null', 'none', 'nulls']],
  [{ in: [null, 'b5'] }, ['absent', 'null', 'none', 'nulls', 'text', 'texts']],
  [{ eq: 'b5' }, ['text', 'texts']],
  [{ eq: 5 }, ['number', 'numbers']],
  [{ eq: true }, ['yes', 'mixed']],
  [{ in: [5, true] }, ['number', 'numbers', 'yes', 'mixed']],
  [{ contains: 'b' }, ['text']],
  [{ contains: 'b5' }, ['text', 'texts']],
  [{ contains: 5 }, ['numbers']],
  [{ contains: '5' }, ['text', 'mixed']],
  [{ contains: true }, ['mixed']],
  [{ gt: 'a' }, ['text']],
  [{ gte: 'b5' }, ['text']],
  [{ lt: 'c' }, ['text']],
  [{ lte: 'b5' }, ['text']],
  [{ gt: 4 }, ['number']],
  [{ gte: 5 }, ['number']],
  [{ lt: 6 }, ['number']],
  [{ lte: 5 }, ['number']],
];

/** What says the opposite of an operator. */
const OPPOSITES: Readonly<Record<string, (operand: unknown) => object>> = {
  eq: (ne) => ({ ne }),
  in: (nin) => ({ nin }),
  exists: (exists) => ({ exists: !exists }),
};

describe('a condition on metadata', () => {
  for (const [condition, passing] of TABLE) {
    const named = Object.keys({ ...METADATA, absent: null });
    const passers = (operators: object) =>
      named.filter((name) =>
        matches({ [`metadata.${name}`]: operators } as Filter, { metadata: { ...METADATA } }),
      );

    it(`${JSON.stringify(condition)} holds for ${passing.join(', ')}, and for nothing else`, () => {
      assert.deepEqual(passers(condition).sort(), [...passing].sort());
      for (const [operator, operand] of Object.entries(condition)) {
        const opposite = OPPOSITES[operator]?.(operand);
        if (opposite === undefined) continue;
        const others = named.filter((name) => !passing.includes(name));
        assert.deepEqual(passers(opposite).sort(), others.sort(), JSON.stringify(opposite));
      }
    });
  }
});

describe('a filter', () => {
  for (const [title, filter, passing, failing] of CASES) {
    it(`tells by ${title}`, () => {
      assert.equal(matches(filter, passing), true);
      assert.equal(matches(filter, failing), false);
    });
  }

  it('lets all pass that has no condition, or is none', () => {
    assert.equal(parseFilter(undefined), EVERYTHING);
    assert.equal(passes(EVERYTHING, memoryOf()), true);
    assert.equal(matches({}), true);
    assert.equal(matches({ NOT: {} }), false);
  });

  it('has each of the operators of the contract on metadata, where every type may be', () => {
    const memory = { metadata: { n: 2, city: 'Oslo', gone: null, yes: true } };
    const truths: Filter = {
      AND: [
        { 'metadata.n': { eq: 2, ne: 3, gt: 1, gte: 2, lt: 3, lte: 2, in: [2], nin: [1], exists: true } },
        { 'metadata.city': { gt: 'Bergen', contains: 'sl' } },
        { 'metadata.gone': { exists: false, eq: null } },
        { 'metadata.yes': { in: [true] } },
      ],
    };
    assert.equal(matches(truths, memory), true);
  });

  it('passes what the contract says passes, for any filter and memory', () => {
    fc.assert(
      fc.property(anyFilter, anyMemory, (filter, memory) => {
        assert.equal(passes(parseFilter(filter), memory), naivelyPasses(filter, memory));
      }),
      { numRuns: 2_000 },
    );
  });

  it('obeys De Morgan: not both is either not, not either is both not', () => {
    fc.assert(
      fc.property(anyFilter, anyFilter, anyMemory, (a, b, memory) => {
        // Trees, since the filters together may have more levels than a request may.
        const [left, right] = [parseFilter(a), parseFilter(b)];
        const nots = [{ not: left }, { not: right }];
        assert.equal(passes({ not: { all: [left, right] } }, memory), passes({ any: nots }, memory));
        assert.equal(passes({ not: { any: [left, right] } }, memory), passes({ all: nots }, memory));
        assert.equal(passes({ not: { not: left } }, memory), passes(left, memory));
      }),
    );
  });

  it('negates eq by ne and in by nin, for any value and memory', () => {
    const field = fc.constantFrom('role', 'sessionId', 'metadata.city', 'metadata.n');
    const values: fc.Arbitrary<FilterValue[]> = fc.array(fc.constantFrom('a', 'b', 'user', null), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(field, values, anyMemory, (name, operands, memory) => {
        const [first = null] = operands;
        const has = (condition: Filter) => passes(parseFilter(condition), memory);
        assert.equal(has({ [name]: { ne: first } }), !has({ [name]: { eq: first } }));
        assert.equal(has({ [name]: { nin: operands } }), !has({ [name]: { in: operands } }));
        assert.equal(
          has({ [name]: { in: operands } }),
          has({ OR: operands.map((eq) => ({ [name]: { eq } })) }),
        );
      }),
    );
  });

  it('reads conditions side by side as AND', () => {
    fc.assert(
      fc.property(anyMemory, (memory) => {
        const beside: Filter = { kind: 'fact', importance: { gte: 0.5, lt: 1 }, tags: 'a' };
        const apart: Filter = {
          AND: [
            { tags: { eq: 'a' } },
            { importance: { lt: 1 } },
            { importance: { gte: 0.5 } },
            { kind: 'fact' },
          ],
        };
        assert.equal(passes(parseFilter(beside), memory), passes(parseFilter(apart), memory));
      }),
    );
  });

  it('is evaluated quickly at its largest', () => {
    const leaf = { text: { contains: 'zzz' } };
    const filter: Filter = { OR: new Array(LIMITS.MAX_FILTER_CONDITIONS).fill(leaf) };
    const memory = memoryOf({ text: 'z '.repeat(16_000) });
    const tree = parseFilter(filter);
    assert.equal(passes(tree, memory), false);
    assert.ok(fastest(() => passes(tree, memory)) < 50);
  });
});
