import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  encodeTokens,
  maxSim,
  type QueryToken,
  queryTokens,
  TOKEN_DIMENSIONS,
  type TokenVector,
} from '../../../functions/src/core/late-interaction.ts';

/** A vector that points along one axis. */
function along(axis: number, length = 1): number[] {
  return Array.from({ length: TOKEN_DIMENSIONS }, (_, place) => (place === axis ? length : 0));
}

/** The words of a text as tokens, each along an axis of its own. */
function wordsOf(text: string): TokenVector[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }, place) => ({
    start: index,
    end: index + word.length,
    vector: along(place),
  }));
}

const IDFS = new Map([
  ['cat', 2],
  ['tom', 1],
]);

describe('late interaction', () => {
  it('keeps the tokens of words that are searched for, a byte a dimension', () => {
    const text = 'the cat , is called Tom';
    const codes = encodeTokens(text, wordsOf(text));
    assert.equal(codes.length, 3 * TOKEN_DIMENSIONS);
    assert.deepEqual(
      [1, 4, 5].map((axis, place) => codes[place * TOKEN_DIMENSIONS + axis]),
      [127, 127, 127],
    );
  });

  it('gives each token of a query the idf of its word, parts of a word included', () => {
    const parts = [
      { start: 4, end: 6, vector: along(0) },
      { start: 6, end: 8, vector: along(1) },
      { start: 9, end: 12, vector: along(2) },
    ];
    const weights = (text: string) => queryTokens(text, parts, IDFS).map(({ weight }) => weight);
    assert.deepEqual(weights('the cats Tom'), [2, 2, 1]);
    assert.deepEqual(weights('the dogs Tom'), [1]);
    assert.deepEqual(weights(''), []);
  });

  it('is the mean of the best similarities, each by the weight of its token', () => {
    const query: QueryToken[] = [
      { vector: along(0), weight: 3 },
      { vector: along(1), weight: 1 },
    ];
    const text = 'zebra lion';
    assert.ok(Math.abs(maxSim(query, encodeTokens(text, wordsOf(text))) - 1) < 1e-9);
    assert.ok(Math.abs(maxSim(query, encodeTokens('zebra', wordsOf('zebra'))) - 0.75) < 1e-9);
    const half = [{ start: 0, end: 5, vector: [3, 4, ...along(0).slice(2)] }];
    assert.ok(Math.abs(maxSim(query, encodeTokens('zebra', half)) - (3 * 0.6 + 0.8) / 4) < 0.01);
  });

  it('is nothing where the query or the text has no word', () => {
    assert.equal(maxSim([], encodeTokens('zebra', wordsOf('zebra'))), 0);
    assert.equal(maxSim([{ vector: along(0), weight: 1 }], new Uint8Array()), 0);
  });

  it('reads codes wherever they lie in a buffer, as Firestore hands them out', () => {
    const codes = encodeTokens('zebra', wordsOf('zebra'));
    const pooled = new Uint8Array(codes.length + 5);
    pooled.set(codes, 3);
    const query = [{ vector: along(0), weight: 1 }];
    assert.equal(maxSim(query, pooled.subarray(3, 3 + codes.length)), maxSim(query, codes));
  });

  it('takes any text and any tokens', () => {
    const token = fc.record({
      start: fc.integer({ min: -1, max: 20 }),
      end: fc.integer({ min: -1, max: 20 }),
      vector: fc.array(fc.double(), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(token), (text, tokens) => {
        const codes = encodeTokens(text, tokens);
        assert.equal(codes.length % TOKEN_DIMENSIONS, 0);
        assert.ok(codes.length <= tokens.length * TOKEN_DIMENSIONS);
        assert.ok(Math.abs(maxSim(queryTokens(text, tokens, IDFS), codes)) <= 1 + 1e-9);
      }),
    );
  });
});
