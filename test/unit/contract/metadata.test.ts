import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS } from '../../../functions/src/config.ts';
import { fastest } from '../fastest.ts';
import { accepted, issuesOf } from './refusal.ts';

function add(metadata: unknown): object {
  return { tenant: 'acme', memories: [{ text: 'x', metadata }] };
}

const ALLOWED: readonly [title: string, metadata: object][] = [
  ['nothing', {}],
  ['a value of each type', { a: 'x', b: 1.5, c: true, d: null, e: [], f: {} }],
  ['a list of objects', { a: [{ b: 1 }, { b: 2 }] }],
  ['keys in any script, with spaces and dashes', { 'a b': 1, 'a-b': 2, Größe: 3, 名: 4, _a: 5 }],
  ['a key of one dollar', { $where: 1 }],
];

const REFUSED: readonly [title: string, metadata: unknown, code: string][] = [
  ['a list', [1], 'invalid_type'],
  ['a text', 'x', 'invalid_type'],
  ['null', null, 'invalid_type'],
  ['undefined inside', { a: undefined }, 'invalid_type'],
  ['a function inside', { a: () => 1 }, 'invalid_type'],
  ['NaN', { a: Number.NaN }, 'not_finite'],
  ['Infinity', { a: { b: [Infinity] } }, 'not_finite'],
  ['a lone surrogate', { a: 'x\ud800' }, 'lone_surrogate'],
  ['a lone surrogate in a list', { a: ['\udc00'] }, 'lone_surrogate'],
  ['a list in a list', { a: [[1]] }, 'nested_array'],
  ['four levels', { a: { b: { c: {} } } }, 'too_deep'],
  ['four levels by way of lists', { a: { b: [{}] } }, 'too_deep'],
  ['an empty key', { '': 1 }, 'invalid_key'],
  ['a key with a dot', { 'a.b': 1 }, 'invalid_key'],
  ['a key with a slash', { 'a/b': 1 }, 'invalid_key'],
  ['a key with a backtick', { 'a`b': 1 }, 'invalid_key'],
  ['a key that is reserved', { __name__: 1 }, 'invalid_key'],
  ['a key that only begins like a reserved one', { __a: 1 }, 'invalid_key'],
  ['a key with a lone surrogate', { '\ud800': 1 }, 'invalid_key'],
  ['a bad key further inside', { a: { b: { 'c.d': 1 } } }, 'invalid_key'],
  ['a bad key in a list', { a: [{ 'c.d': 1 }] }, 'invalid_key'],
  ['__proto__ of JSON', JSON.parse('{"__proto__":{"a":1}}'), 'invalid_key'],
  ['__proto__ of JSON further inside', JSON.parse('{"a":{"__proto__":{"a":1}}}'), 'invalid_key'],
];

describe('metadata', () => {
  for (const [title, metadata] of ALLOWED) {
    it(`may hold ${title}`, () => {
      assert.deepEqual(accepted('memory-add', add(metadata)), add(metadata));
    });
  }

  for (const [title, metadata, code] of REFUSED) {
    it(`may not hold ${title}`, () => {
      assert.deepEqual(issuesOf('memory-add', add(metadata)), [{ path: 'memories.0.metadata', code }]);
    });
  }

  it('that is very deep or very wide is refused quickly', () => {
    let deep: unknown = {};
    for (let level = 0; level < 20_000; level += 1) deep = { a: deep };
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, place) => [`k${place}`, place]));
    for (const metadata of [{ deep }, wide]) {
      assert.ok(fastest(() => issuesOf('memory-add', add(metadata))) < 100);
    }
  });

  it('that is taken can be stored: small, shallow, without lists in lists', () => {
    const key = fc.oneof(fc.constantFrom('a', 'b.c', '__d', '', 'é'), fc.string());
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null)),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 3 }), (metadata) => {
        try {
          accepted('memory-add', add(metadata));
        } catch {
          return;
        }
        assert.ok(Buffer.byteLength(JSON.stringify(metadata)) <= LIMITS.MAX_METADATA_BYTES);
        assert.deepEqual(unstorable(metadata, 1), []);
      }),
      { numRuns: 300 },
    );
  });
});

/** What Firestore would refuse, or the design forbids, in a value at this level. */
function unstorable(value: unknown, level: number, inList = false): string[] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : ['surrogate'];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : ['number'];
  if (typeof value !== 'object' || value === null) return [];
  if (level > 3) return ['level'];
  if (Array.isArray(value)) {
    return inList ? ['list'] : value.flatMap((inner) => unstorable(inner, level + 1, true));
  }
  const keys = Object.keys(value).filter((key) => key === '' || /^__|[./`]/.test(key) || !key.isWellFormed());
  return [...keys, ...Object.values(value).flatMap((inner) => unstorable(inner, level + 1))];
}
