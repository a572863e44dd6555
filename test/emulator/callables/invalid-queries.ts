/** What can be wrong with a question, a page, a filter, or the name of something. */
import { type Case, type Cases, KIB, LONE, list } from './invalid-case.ts';

const nested = (levels: number): unknown => (levels === 0 ? { kind: 'note' } : { NOT: nested(levels - 1) });

const LIMIT: readonly Case[] = [
  ['[10] a limit of 0', 'limit', 0, 'too_small'],
  ['[10] a limit of -1', 'limit', -1, 'too_small'],
  ['[10] a limit of 1.5', 'limit', 1.5, 'invalid_type'],
  ['[10] a limit of 1,001', 'limit', 1_001, 'too_big'],
  ['an infinite limit', 'limit', Number.POSITIVE_INFINITY, 'invalid_type'],
  ['no number as limit', 'limit', Number.NaN, 'invalid_type'],
  ['a limit in words', 'limit', '10', 'invalid_type'],
];

const FILTER: readonly Case[] = [
  ['[11] an unknown field', 'filter', { colour: 'red' }, 'unknown_field', 'filter.colour'],
  ['[11] an unknown operator', 'filter', { kind: { like: 'n%' } }, 'unknown_operator', 'filter.kind.like'],
  ['[11] an unknown logical operator', 'filter', { XOR: [{ kind: 'a' }] }, 'unknown_field', 'filter.XOR'],
  [
    '[11] an unknown field deep in a filter',
    'filter',
    { AND: [{ OR: [{ NOT: { embedding: 1 } }] }] },
    'unknown_field',
    'filter.AND.0.OR.0.NOT.embedding',
  ],
  ['[11] a field whose name is an attack', 'filter', { 'a/b secret': 1 }, 'unknown_field', 'filter.?'],
  [
    '[11] an operator of another field',
    'filter',
    { kind: { gt: 'a' } },
    'operator_not_allowed',
    'filter.kind.gt',
  ],
  ['[10] 31 values in a filter', 'filter', { kind: { in: list(31) } }, 'invalid_length', 'filter.kind.in'],
  ['[10] no values in a filter', 'filter', { kind: { nin: [] } }, 'invalid_length', 'filter.kind.nin'],
  [
    '[10] 31 filters in one',
    'filter',
    { OR: list(31).map((kind) => ({ kind })) },
    'invalid_length',
    'filter.OR',
  ],
  [
    '[10] more than 100 parts in a filter',
    'filter',
    { AND: Array(30).fill({ NOT: { NOT: { NOT: {} } } }) },
    'too_many_nodes',
    'filter.AND.24.NOT.NOT.NOT',
  ],
  [
    '[10] 31 conditions in a filter',
    'filter',
    { AND: [{ OR: list(16).map((kind) => ({ kind })) }, { OR: list(15).map((kind) => ({ kind })) }] },
    'too_many_conditions',
    'filter.AND.1.OR.14.kind',
  ],
  [
    'a time before the first of Firestore in a filter',
    'filter',
    { createdAt: { gt: '0000-12-31T23:59:59Z' } },
    'invalid_type',
    'filter.createdAt.gt',
  ],
  ['[10] a filter nested 6 deep', 'filter', nested(5), 'too_deep', 'filter.NOT.NOT.NOT.NOT.NOT'],
  ['[10] a filter nested 50 deep', 'filter', nested(49), 'too_deep', ''],
  [
    '[8] a lone surrogate in a filter',
    'filter',
    { text: { contains: LONE } },
    'invalid_type',
    'filter.text.contains',
  ],
  [
    'an infinite number in a filter',
    'filter',
    { importance: { lt: Number.POSITIVE_INFINITY } },
    'invalid_type',
    'filter.importance.lt',
  ],
  ['a number in words in a filter', 'filter', { importance: '0.5' }, 'invalid_type', 'filter.importance.eq'],
  [
    'a time in words in a filter',
    'filter',
    { createdAt: { gt: 'yesterday' } },
    'invalid_type',
    'filter.createdAt.gt',
  ],
  [
    'a filter that mixes conditions with AND',
    'filter',
    { AND: [{ kind: 'a' }], kind: 'b' },
    'mixed_operators',
    'filter',
  ],
  ['a filter that is a text', 'filter', 'kind = secret', 'invalid_type'],
  ['a filter that is a list', 'filter', [{ kind: 'note' }], 'invalid_type'],
  [
    'a reserved name in a filter',
    'filter',
    { 'metadata.__name__': 1 },
    'unknown_field',
    'filter.metadata.__name__',
  ],
];

/** Every way in which a request to read or to administer can be wrong. */
export const INVALID_QUERIES: Cases = {
  'memory-list': [
    ...LIMIT,
    ...FILTER,
    ['an order by another field', 'order.field', 'text-field', 'invalid_value'],
    ['an order in another direction', 'order.direction', 'sideways', 'invalid_value'],
    ['an empty cursor', 'cursor', '', 'too_small'],
    ['a cursor of 2,049 characters', 'cursor', 'x'.repeat(2_049), 'too_big'],
  ],
  'memory-search': [
    ...LIMIT,
    ...FILTER,
    ['[8] a lone surrogate in a query', 'query', LONE, 'lone_surrogate'],
    ['an empty query', 'query', '', 'too_small'],
    ['a query of more than 4 KiB', 'query', 'é'.repeat(2 * KIB + 1), 'too_big'],
    ['a mode that there is not', 'mode', 'telepathic', 'invalid_value'],
    ['no number as lowest score', 'minScore', Number.NaN, 'invalid_type'],
    ['an infinite lowest score', 'minScore', Number.POSITIVE_INFINITY, 'invalid_type'],
    ['a half life of 0', 'recency.halfLifeDays', 0, 'too_small'],
    ['an infinite half life', 'recency.halfLifeDays', Number.POSITIVE_INFINITY, 'invalid_type'],
    ['a negative weight', 'recency.weight', -1, 'too_small'],
    ['no number as a weight', 'recency.weight', Number.NaN, 'invalid_type'],
    ['an infinite weight', 'importanceWeight', Number.POSITIVE_INFINITY, 'invalid_type'],
    ['spaces besides a space', 'spaces', ['other'], 'excludes_space'],
    ['11 spaces', 'spaces', list(11).map((_, place) => `space${place}`), 'too_big'],
  ],
  'session-history': [...LIMIT, ...FILTER],
  'tenant-members': LIMIT,
  'space-create': [
    ['[8] a lone surrogate in a name', 'name', LONE, 'lone_surrogate'],
    ['a name of 257 characters', 'name', 'x'.repeat(257), 'too_big'],
    ['a personal space', 'kind', 'personal', 'invalid_value'],
  ],
  'tenant-create': [['[8] a lone surrogate in a name', 'name', LONE, 'lone_surrogate']],
  'tenant-setMember': [['a role that there is not', 'role', 'emperor', 'invalid_value']],
};
