import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEFAULTS, LIMITS } from '../../../functions/src/config.ts';
import { type CursorBinding, openCursor, sealCursor } from '../../../functions/src/core/cursor.ts';
import { ValidationError } from '../../../functions/src/errors.ts';
import { NOW } from './sample.ts';

const BINDING: CursorBinding = {
  query: ['acme', 'ann', 'memory.list', { kind: 'fact' }, { field: 'createdAt', direction: 'desc' }],
  secret: 'k'.repeat(43),
  now: NOW,
};
const POSITION = ['2024-05-01T08:00:00.000Z', 1_714_550_400_000_000, 'memory-1'];

function isRefused(cursor: string, binding: CursorBinding = BINDING): void {
  assert.throws(
    () => openCursor(cursor, binding),
    (error) => {
      assert.ok(error instanceof ValidationError, `${cursor}: ${String(error)}`);
      assert.equal(error.details.reason, 'invalid-cursor');
      assert.deepEqual(error.details.issues, [{ path: 'cursor', code: 'invalid_cursor' }]);
      return true;
    },
    cursor,
  );
}

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.! \n\u00e9';

describe('a cursor', () => {
  it('opens to the position that it was made of, whatever that is', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (position) => {
        assert.deepEqual(openCursor(sealCursor(position, BINDING), BINDING), position);
      }),
    );
  });

  it('fits into a request, also for the longest position that there is', () => {
    const longest = ['2024-05-01T08:00:00.000Z', Number.MAX_SAFE_INTEGER, 'x'.repeat(LIMITS.MAX_ID_LENGTH)];
    assert.ok(sealCursor(longest, BINDING).length * 4 <= LIMITS.MAX_CURSOR_LENGTH);
  });

  it('is refused once any one of its characters is another', () => {
    const refuseEach = (cursor: string, from: number) => {
      for (let at = from; at < cursor.length; at += 1) {
        for (const other of CHARACTERS) {
          if (other !== cursor[at]) isRefused(cursor.slice(0, at) + other + cursor.slice(at + 1));
        }
      }
    };
    refuseEach(sealCursor(POSITION, BINDING), 0);
    // Several signatures, since not every one has a character that base64 can spell in two ways.
    for (const place of [1, 2, 3, 4, 5]) {
      const cursor = sealCursor([place], BINDING);
      refuseEach(cursor, cursor.indexOf('.'));
    }
  });

  it('is refused once anything is added to it or taken from it', () => {
    const cursor = sealCursor(POSITION, BINDING);
    for (let length = 0; length < cursor.length; length += 1) isRefused(cursor.slice(0, length));
    for (const more of CHARACTERS) {
      isRefused(cursor + more);
      isRefused(more + cursor);
    }
    isRefused(`${cursor}.${cursor}`);
  });

  it('is refused when it is none', () => {
    fc.assert(fc.property(fc.string(), (text) => isRefused(text)));
    for (const text of ['', '.', '..', 'bm90IGpzb24.', 'e30.AAAAAAAAAAAAAAAAAAAAAA']) isRefused(text);
  });

  const strangers: readonly [title: string, binding: Partial<CursorBinding>][] = [
    ['tenant', { query: ['other', ...(BINDING.query as unknown[]).slice(1)] }],
    ['space', { query: ['acme', 'bob', ...(BINDING.query as unknown[]).slice(2)] }],
    ['filter', { query: ['acme', 'ann', 'memory.list', {}, { field: 'createdAt', direction: 'desc' }] }],
    [
      'order',
      { query: [...(BINDING.query as unknown[]).slice(0, 4), { field: 'createdAt', direction: 'asc' }] },
    ],
    ['secret', { secret: 'l'.repeat(43) }],
  ];
  for (const [title, other] of strangers) {
    it(`is refused with another ${title}`, () => {
      const cursor = sealCursor(POSITION, BINDING);
      isRefused(cursor, { ...BINDING, ...other });
      assert.deepEqual(openCursor(cursor, BINDING), POSITION);
    });
  }

  it('holds for a query whose keys come in another order', () => {
    const cursor = sealCursor(POSITION, { ...BINDING, query: { a: 1, b: { c: 2, d: 3 } } });
    assert.deepEqual(openCursor(cursor, { ...BINDING, query: { b: { d: 3, c: 2 }, a: 1 } }), POSITION);
  });

  it('holds for a day and no longer', () => {
    const cursor = sealCursor(POSITION, BINDING);
    assert.deepEqual(openCursor(cursor, { ...BINDING, now: NOW + DEFAULTS.CURSOR_MS }), POSITION);
    isRefused(cursor, { ...BINDING, now: NOW + DEFAULTS.CURSOR_MS + 1 });
  });
});
