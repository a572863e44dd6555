/** What can be wrong with a memory that is to be stored, and with the request around it. */
import { type Case, type Cases, inside, KIB, LONE, list } from './invalid-case.ts';

const MEMORY: readonly Case[] = [
  ['[8] a lone surrogate in a text', 'text', LONE, 'lone_surrogate'],
  ['[8] a lone surrogate in a tag', 'tags', ['sound', LONE], 'lone_surrogate', 'tags.1'],
  ['[8] a lone surrogate in a key of metadata', 'metadata', { [LONE]: 1 }, 'invalid_key'],
  ['[8] a lone surrogate in metadata', 'metadata', { a: { b: [LONE] } }, 'lone_surrogate'],
  ['[8] a lone surrogate in a persona', 'persona', LONE, 'lone_surrogate'],
  ['[8] a lone surrogate in a source', 'source', LONE, 'lone_surrogate'],
  ['[12] a text of 32 KiB and one byte', 'text', 'x'.repeat(32 * KIB + 1), 'too_big'],
  ['[12] such a text of fewer characters', 'text', `${'é'.repeat(16 * KIB)}x`, 'too_big'],
  ['[12] such a text of emoji', 'text', `${'🦓'.repeat(8 * KIB)}x`, 'too_big'],
  ['an empty text', 'text', '', 'too_small, blank'],
  ['a text of white space', 'text', ' \t\n\u00a0\u2003', 'blank'],
  ['[12] metadata of more than 8 KiB', 'metadata', { large: 'é'.repeat(4 * KIB) }, 'too_big'],
  ['metadata of four levels', 'metadata', { a: { b: { c: { d: 1 } } } }, 'too_deep'],
  ['an array in an array in metadata', 'metadata', { a: [[1]] }, 'nested_array'],
  ['an infinite number in metadata', 'metadata', { a: Number.POSITIVE_INFINITY }, 'not_finite'],
  ['a reserved key in metadata', 'metadata', { __name__: 1 }, 'invalid_key'],
  ['an inner reserved key in metadata', 'metadata', { a: { __name__: 1 } }, 'invalid_key'],
  ['a dot in a key of metadata', 'metadata', { 'secret.key': 1 }, 'invalid_key'],
  ['a slash in a key of metadata', 'metadata', { 'secret/key': 1 }, 'invalid_key'],
  ['a backtick in a key of metadata', 'metadata', { 'secret`key': 1 }, 'invalid_key'],
  ['an empty key in metadata', 'metadata', { '': 1 }, 'invalid_key'],
  ['a key of 129 bytes in metadata', 'metadata', { ['é'.repeat(64).concat('x')]: 1 }, 'invalid_key'],
  ['metadata that is a list', 'metadata', ['secret'], 'invalid_type'],
  ['21 tags', 'tags', list(21), 'too_big'],
  ['a tag of 65 characters', 'tags', ['x'.repeat(65)], 'too_big', 'tags.0'],
  ['an empty tag', 'tags', [''], 'too_small', 'tags.0'],
  ['[3] a tag that no answer can count', 'tags', ['__proto__'], 'reserved_tag', 'tags.0'],
  ['a persona of 257 characters', 'persona', 'x'.repeat(257), 'too_big'],
  ['an infinite importance', 'importance', Number.POSITIVE_INFINITY, 'invalid_type'],
  ['a number in words as importance', 'importance', 'Infinity', 'invalid_type'],
  ['an importance below 0', 'importance', -0.01, 'too_small'],
  ['an importance above 1', 'importance', 1.01, 'too_big'],
  ['a time without a zone', 'occurredAt', '2026-01-02T03:04:05', 'invalid_format'],
  ['a time in another zone', 'occurredAt', '2026-01-02T03:04:05+02:00', 'invalid_format'],
  ['a day that does not exist', 'occurredAt', '2026-02-30T00:00:00.000Z', 'invalid_format'],
  ['a time in words', 'occurredAt', 'yesterday', 'invalid_format'],
  ['a time before the first of Firestore', 'occurredAt', '0000-12-31T23:59:59Z', 'too_small'],
  ['a time to live besides an expiry', 'ttlSeconds', 60, 'excludes_expires_at'],
  ['a role that there is not', 'role', 'wizard-role', 'invalid_value'],
];

/** Of a memory that is to be created alone. */
const CREATED: readonly Case[] = [
  ['a kind in capitals', 'kind', 'NOTE-KIND', 'invalid_format'],
  ['a kind of 33 characters', 'kind', 'x'.repeat(33), 'invalid_format'],
];

/** Of a memory that has no expiry yet. */
const EXPIRING: readonly Case[] = (
  [
    ['a time to live of 0', 0, 'too_small'],
    ['a negative time to live', -1, 'too_small'],
    ['an infinite time to live', Number.POSITIVE_INFINITY, 'invalid_type'],
    ['a time to live of centuries', 1e15, 'too_big'],
    ['a time to live in words', '60', 'invalid_type'],
  ] as const
).map(([what, ttlSeconds, code]) => [
  what,
  'memories',
  [{ text: 'soon gone', ttlSeconds }],
  code,
  'memories.0.ttlSeconds',
]);

/** Every way in which a request to store, change or delete can be wrong. */
export const INVALID_MEMORIES: Cases = {
  'memory-add': [
    ...[...MEMORY, ...CREATED].map((one) => inside('memories.0', one)),
    ...EXPIRING,
    ['no number as importance', 'memories.0.importance', Number.NaN, 'invalid_type'],
    ['no memories', 'memories', [], 'too_small'],
    ['101 memories', 'memories', list(101).map((text) => ({ text })), 'too_big'],
    [
      'a repeated id',
      'memories',
      [
        { id: 'twice', text: 'a' },
        { id: 'twice', text: 'b' },
      ],
      'repeated_id',
      'memories.1.id',
    ],
    ['another way to find duplicates', 'dedupe', 'fuzzy-dedupe', 'invalid_value'],
    ['[8] a lone surrogate in a key', 'key', LONE, 'lone_surrogate'],
    ['an empty key', 'key', '', 'too_small'],
    ['a key of 129 characters', 'key', 'x'.repeat(129), 'too_big'],
  ],
  'session-append': [
    ...MEMORY.map((one) => inside('messages.0', one)),
    ['no messages', 'messages', [], 'too_small'],
    ['101 messages', 'messages', list(101).map((text) => ({ role: 'user', text })), 'too_big'],
    ['a kind of its own', 'messages.0.kind', 'fact', 'invalid_value'],
    ['a session of its own', 'messages.0.sessionId', 'elsewhere', 'other_session'],
  ],
  'memory-update': [
    ...[...MEMORY, ...CREATED].map((one) => inside('changes', one)),
    ['no change', 'changes', {}, 'too_small'],
    ['another id', 'changes.id', 'other', 'unrecognized_keys'],
    ['no text any more', 'changes.text', null, 'invalid_type'],
    ['version 0', 'ifVersion', 0, 'too_small'],
    ['version 1.5', 'ifVersion', 1.5, 'invalid_type'],
    ['an infinite version', 'ifVersion', Number.POSITIVE_INFINITY, 'invalid_type'],
  ],
  'memory-delete': [['a version in words', 'ifVersion', '1', 'invalid_type']],
};
