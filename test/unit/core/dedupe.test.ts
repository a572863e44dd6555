import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { contentHash, digest } from '../../../functions/src/core/dedupe.ts';
import { memoryOf } from './sample.ts';

const hash = (overrides: Parameters<typeof memoryOf>[0]) => contentHash(memoryOf(overrides));

describe('two memories are duplicates', () => {
  const same: readonly [title: string, a: string, b: string][] = [
    ['in another Unicode form', 'Caf\u00e9', 'Cafe\u0301'],
    ['with white space around them', ' \n\tTom \u00a0', 'Tom'],
    ['with other white space between words', 'Tom  is\r\n\ta\u2003cat', 'Tom is a cat'],
  ];
  for (const [title, a, b] of same) {
    it(`${title}`, () => assert.equal(hash({ text: a }), hash({ text: b })));
  }

  it('whatever else is said of them', () => {
    const base = hash({});
    for (const other of [
      { id: 'x' },
      { tags: ['a'] },
      { metadata: { a: 1 } },
      { importance: 1 },
      { persona: 'p' },
      { agentId: 'a' },
      { source: 's' },
      { occurredAt: '2020-01-01T00:00:00.000Z' },
      { expiresAt: '2040-01-01T00:00:00.000Z' },
      { createdBy: 'bob' },
      { version: 9 },
    ]) {
      assert.equal(hash(other), base, JSON.stringify(other));
    }
  });

  it('when the one is the other with its white space folded, for any text', () => {
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(words, (parts) => {
        assert.equal(hash({ text: parts.join(' ') }), hash({ text: ` ${parts.join(' \n ')}\t` }));
      }),
    );
  });
});

describe('two memories are no duplicates', () => {
  const different: readonly [title: string, a: object, b: object][] = [
    ['of other words', { text: 'Tom' }, { text: 'Tim' }],
    ['of other letters', { text: 'Tom' }, { text: 'tom' }],
    ['of words run together', { text: 'a b' }, { text: 'ab' }],
    ['of compatible characters', { text: '\ufb01' }, { text: 'fi' }],
    ['of another kind', { kind: 'fact' }, { kind: 'note' }],
    ['of another role', { role: 'user' }, { role: 'assistant' }],
    ['of a role and none', { role: 'user' }, {}],
    ['of another session', { sessionId: 'a' }, { sessionId: 'b' }],
    ['of a session and none', { sessionId: 'a' }, {}],
    ['of a role that is the session of the other', { role: 'user' }, { sessionId: 'user' }],
    ['whose fields would be the same if joined', { text: 'a', kind: 'bc' }, { text: 'ab', kind: 'c' }],
  ];
  for (const [title, a, b] of different) {
    it(title, () => assert.notEqual(hash(a), hash(b)));
  }
});

describe('a digest', () => {
  it('is the base64url of a SHA-256', () => {
    assert.equal(digest(['a', 1]), createHash('sha256').update('["a",1]').digest('base64url'));
    fc.assert(fc.property(fc.jsonValue(), (value) => /^[A-Za-z0-9_-]{43}$/.test(digest(value))));
  });

  it('does not depend on the order of keys, at any level', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        assert.equal(digest(reversed(value)), digest(value));
      }),
    );
  });

  it('depends on the order of lists, on types and on what is in which key', () => {
    const values = [
      [1, 2],
      [2, 1],
      { a: 1 },
      { a: '1' },
      { b: 1 },
      { a: { b: 1 } },
      { a: null },
      {},
      [],
      null,
    ];
    assert.equal(new Set(values.map(digest)).size, values.length);
  });
});

/** The same value with the keys of each object the other way round. */
function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner)]);
  return Object.fromEntries(entries.reverse());
}
