import assert from 'node:assert/strict';
import fc from 'fast-check';
import { inspectBody } from '../../../functions/src/api/body-guard.ts';
import { LIMITS } from '../../../functions/src/config.ts';
import { fastest } from '../fastest.ts';

const INT64 = 'type.googleapis.com/google.protobuf.Int64Value';
const UINT64 = 'type.googleapis.com/google.protobuf.UInt64Value';

/** The code of what is wrong with a body, or null. */
function flawOf(body: unknown, bytes = 100): string | null {
  const flaw = inspectBody(body, bytes);
  if (flaw === null) return null;
  assert.equal(flaw.code, 'invalid-argument');
  assert.equal(flaw.details.reason, 'invalid-body');
  assert.equal(flaw.details.issues?.length, 1);
  assert.equal(flaw.details.issues[0]?.path, '');
  return flaw.details.issues[0].code;
}

/** JSON of a value inside of so many lists, objects, or both by turns. */
function deep(levels: number, open: string, close: string, inner = '1'): string {
  return `${open.repeat(levels)}${inner}${close.repeat(levels)}`;
}

const CARRIERS: readonly [title: string, wrap: (key: string) => string][] = [
  ['at the top of the data', (key) => `{"data":{"${key}":{"admin":true}}}`],
  ['deep in the data', (key) => `{"data":{"a":{"b":[{"c":{"${key}":1}}]}}}`],
  ['in a list in a list', (key) => `{"data":[[{"${key}":null}]]}`],
  ['in metadata', (key) => `{"data":{"memories":[{"text":"x","metadata":{"${key}":"x"}}]}}`],
  ['within a wrapped integer', (key) => `{"data":{"@type":"${INT64}","value":"1","${key}":1}}`],
];

describe('the body guard', () => {
  const sound: readonly unknown[] = [
    null,
    {},
    [],
    'text',
    5,
    true,
    { tenant: 'acme', memories: [{ text: 'the constructor of __proto__', metadata: { a: [1, null] } }] },
    { '@type': '' },
    { '@type': null },
    { proto: 1, __proto: 2, Constructor: 3 },
  ];
  for (const data of sound) {
    it(`lets ${JSON.stringify(data)} pass`, () => assert.equal(flawOf({ data }), null));
  }

  for (const key of ['__proto__', 'constructor', 'prototype']) {
    for (const [where, wrap] of CARRIERS) {
      it(`refuses the key ${key} ${where}`, () => {
        assert.equal(flawOf(JSON.parse(wrap(key))), 'forbidden_key');
        assert.notEqual(flawOf(JSON.parse(wrap('harmless'))), 'forbidden_key');
      });
    }

    it(`refuses the key ${key} beside the data`, () => {
      assert.notEqual(flawOf(JSON.parse(`{"data":{},"${key}":{"admin":true}}`)), null);
    });
  }

  it('takes data that only a prototype has for missing', () => {
    assert.equal(flawOf(JSON.parse('{"__proto__":{"data":{}}}')), 'missing_data');
    assert.equal(flawOf(Object.create({ data: {} })), 'missing_data');
  });

  for (const body of [undefined, null, 'data', 5, [], {}, { Data: {} }, Buffer.from('x')]) {
    it(`refuses ${body instanceof Buffer ? 'bytes' : JSON.stringify(body)} as a body: data is missing`, () => {
      assert.equal(flawOf(body), 'missing_data');
    });
  }

  it('refuses anything beside the data', () => {
    assert.equal(flawOf({ data: {}, extra: 1 }), 'unrecognized_keys');
  });

  const integers: readonly [title: string, wrapper: object, code: string | null][] = [
    ['a signed integer', { '@type': INT64, value: '-9223372036854775808' }, null],
    ['an unsigned integer', { '@type': UINT64, value: '18446744073709551615' }, null],
    ['an integer as a number', { '@type': INT64, value: 5 }, null],
    ['an integer in words', { '@type': INT64, value: 'five' }, 'unknown_type'],
    ['an integer of 21 digits', { '@type': INT64, value: '1'.repeat(21) }, 'unknown_type'],
    ['an integer without a value', { '@type': INT64 }, 'unknown_type'],
    ['an integer with a line break', { '@type': INT64, value: '1\n2' }, 'unknown_type'],
    ['an integer in a list', { '@type': INT64, value: ['5'] }, 'unknown_type'],
    ['an integer that is an object', { '@type': INT64, value: {} }, 'unknown_type'],
    ['an integer that has no text', { '@type': INT64, value: { toString: 1, valueOf: 1 } }, 'unknown_type'],
    ['a fraction', { '@type': INT64, value: 1.5 }, 'unknown_type'],
    ['another type', { '@type': 'type.googleapis.com/google.protobuf.Any', value: '1' }, 'unknown_type'],
    ['a type that is a list', { '@type': [INT64], value: '1' }, 'unknown_type'],
    ['a type that is true', { '@type': true, value: '1' }, 'unknown_type'],
  ];
  for (const [title, wrapper, code] of integers) {
    it(`${code === null ? 'takes' : 'refuses'} ${title}, wherever it is`, () => {
      assert.equal(flawOf({ data: wrapper }), code);
      assert.equal(flawOf({ data: { a: [{ b: wrapper }] } }), code);
    });
  }

  it('takes a body of the largest size and depth, and refuses the next ones', () => {
    assert.equal(flawOf({ data: {} }, LIMITS.MAX_BODY_BYTES), null);
    assert.equal(flawOf({ data: {} }, LIMITS.MAX_BODY_BYTES + 1), 'too_big');
    const levels = LIMITS.MAX_BODY_DEPTH;
    assert.equal(flawOf({ data: JSON.parse(deep(levels - 1, '[', ']')) }), null);
    assert.equal(flawOf({ data: JSON.parse(deep(levels, '[', ']')) }), 'too_deep');
  });

  it('does not look into a body that is too big', () => {
    const body = new Proxy({}, { ownKeys: () => assert.fail('looked'), get: () => assert.fail('looked') });
    assert.equal(flawOf(body, LIMITS.MAX_BODY_BYTES + 1), 'too_big');
  });

  const depths: readonly [title: string, open: string, close: string][] = [
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both by turns', '{"a":[', ']}'],
  ];
  for (const [title, open, close] of depths) {
    it(`refuses 20,000 levels of ${title} within 50 ms, without recursion`, () => {
      const data: unknown = JSON.parse(deep(20_000, open, close));
      assert.equal(flawOf({ data }), 'too_deep');
      assert.ok(fastest(() => flawOf({ data })) < 50);
    });
  }

  it('refuses 20,000 levels in a wrapped integer within 50 ms, without recursion', () => {
    const value: unknown = JSON.parse(deep(20_000, '[', ']'));
    const data = { '@type': INT64, value };
    assert.notEqual(flawOf({ data }), null);
    assert.ok(fastest(() => flawOf({ data })) < 50);
  });

  it('finds what is forbidden behind a hundred thousand harmless values', () => {
    const data: unknown[] = Array.from({ length: 100_000 }, (_, place) => ({ place }));
    data.push(JSON.parse('{"__proto__":1}'));
    assert.equal(flawOf({ data }), 'forbidden_key');
  });

  it('never repeats a value or key of the body', () => {
    for (const body of [
      { data: { '@type': 's3cret' } },
      { s3cret: 1, data: 1 },
      { data: { constructor: 's3cret' } },
    ]) {
      const flaw = inspectBody(body, 100);
      assert.ok(flaw !== null && !JSON.stringify([flaw.message, flaw.details]).includes('s3cret'));
    }
  });

  it('finds a forbidden key wherever there is one, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (data) => {
        const json = JSON.stringify({ data });
        const hasKey = /"(__proto__|constructor|prototype)":/.test(json);
        assert.equal(flawOf(JSON.parse(json)) === 'forbidden_key', hasKey);
      }),
    );
  });
});
