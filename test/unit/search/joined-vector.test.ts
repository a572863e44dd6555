import assert from 'node:assert/strict';
import fc from 'fast-check';
import { highestScore, normalizedBm25 } from '../../../functions/src/core/bm25.ts';
import {
  dequantizedDot,
  documentVector,
  LEXICAL_DIMENSIONS,
  quantize,
  queryVector,
  SEMANTIC_DIMENSIONS,
} from '../../../functions/src/core/joined-vector.ts';

const east = axis(0);
const north = axis(1);
const words = Array.from({ length: 2_000 }, (_, n) => `word${n}`);
const component = fc.double({ min: -1, max: 1, noNaN: true });
const direction = fc
  .array(component, { minLength: 384, maxLength: 384 })
  .filter((vector) => Math.hypot(...vector) > 1e-3)
  .map((vector) => vector.map((x) => x / Math.hypot(...vector)));

function axis(at: number): number[] {
  return Array.from({ length: SEMANTIC_DIMENSIONS }, (_, n) => (n === at ? 1 : 0));
}
function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, at) => sum + x * b[at]!, 0);
}
function wordVector(word: string): number[] {
  return documentVector(new Map([[word, 1]]), 50, []);
}

describe('the joined vector', () => {
  it('has the lexical dimensions first and the semantic ones last', () => {
    const vector = documentVector(new Map([['cat', 1]]), 1, north);
    assert.equal(vector.length, LEXICAL_DIMENSIONS + SEMANTIC_DIMENSIONS);
    assert.deepEqual(vector.slice(LEXICAL_DIMENSIONS), north);
    assert.ok(vector.slice(0, LEXICAL_DIMENSIONS).some((x) => x !== 0));
  });

  it('of a memory and a query multiply to BM25 plus the cosine', () => {
    const terms = new Map([
      ['cat', 2],
      ['sofa', 1],
      ['green', 1],
    ]);
    const idfs = new Map([
      ['cat', 1.5],
      ['bird', 2.5],
    ]);
    const entry = { terms: [...terms.keys()], frequencies: [...terms.values()], length: 4 };
    const tilted = east.map((x, at) => 0.6 * x + 0.8 * north[at]!);
    const product = dot(documentVector(terms, 4, tilted), queryVector(idfs, east, 'hybrid')!);
    assert.ok(Math.abs(product - (normalizedBm25(entry, idfs) + 0.6)) < 0.1);
  });

  it('of one and the same word multiply exactly, whatever the word', () => {
    for (const word of words) {
      const query = queryVector(new Map([[word, 3]]), null, 'keyword')!;
      assert.ok(Math.abs(dot(wordVector(word), query) * highestScore(new Map([[word, 3]])) - 3) < 1e-9);
    }
  });

  it('spreads the words over all dimensions and both signs evenly', () => {
    const counts = new Array<number>(LEXICAL_DIMENSIONS).fill(0);
    let positive = 0;
    for (const word of words) {
      for (const [at, x] of wordVector(word).entries()) {
        if (x !== 0) counts[at] = counts[at]! + 1;
        if (x > 0) positive += 1;
      }
    }
    const total = counts.reduce((sum, n) => sum + n, 0);
    const expected = total / LEXICAL_DIMENSIONS;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 511 degrees of freedom: mean 511, standard deviation 32.
    assert.ok(chiSquare < 511 + 5 * 32, String(chiSquare));
    assert.ok(Math.abs(positive / total - 0.5) < 0.02);
  });

  it('keeps different words apart: no bias, and hardly ever more than a part of a match', () => {
    const some = words.slice(0, 300).map(wordVector);
    const products = some.flatMap((a, i) => some.slice(0, i).map((b) => dot(a, b)));
    assert.ok(Math.abs(products.reduce((sum, x) => sum + x, 0) / products.length) < 0.002);
    assert.ok(products.filter((x) => Math.abs(x) > 0.3).length / products.length < 0.001);
  });

  it('of a query is zero in the half that its mode leaves out', () => {
    const idfs = new Map([['cat', 1]]);
    const keyword = queryVector(idfs, east, 'keyword')!;
    const semantic = queryVector(idfs, east, 'semantic')!;
    assert.ok(keyword.slice(LEXICAL_DIMENSIONS).every((x) => x === 0));
    assert.ok(semantic.slice(0, LEXICAL_DIMENSIONS).every((x) => x === 0));
    assert.equal(keyword.length, semantic.length);
  });

  it('of a query with nothing to look for is null', () => {
    const idfs = new Map([['cat', 1]]);
    assert.equal(queryVector(new Map(), east, 'keyword'), null);
    assert.equal(queryVector(idfs, null, 'semantic'), null);
    assert.equal(queryVector(new Map(), null, 'hybrid'), null);
    assert.notEqual(queryVector(new Map(), east, 'hybrid'), null);
    assert.notEqual(queryVector(idfs, null, 'hybrid'), null);
  });

  it('is always finite, and that of a query never all zeros', () => {
    const weights = fc
      .array(fc.tuple(fc.string(), fc.double()), { maxLength: 8 })
      .map((pairs) => new Map(pairs));
    const semantic = fc.option(fc.array(fc.double(), { maxLength: 8 }));
    const mode = fc.constantFrom('hybrid' as const, 'keyword' as const, 'semantic' as const);
    fc.assert(
      fc.property(weights, semantic, mode, fc.double(), (terms, meaning, how, length) => {
        const vector = queryVector(terms, meaning, how);
        assert.ok(vector === null || (vector.every(Number.isFinite) && vector.some((x) => x !== 0)));
        assert.ok(documentVector(terms, length, meaning ?? []).every(Number.isFinite));
      }),
    );
  });
});

describe('a quantized vector', () => {
  it('has one byte a dimension', () => {
    assert.deepEqual([...quantize([0.6, -0.8, 0])], [95, 129, 0]);
  });

  it('gives the cosine back within the error of its step', () => {
    fc.assert(
      fc.property(direction, direction, (query, vector) => {
        // Rounding moves each of the n components by half a step at most, a step being max ÷ 127.
        const bound = (Math.sqrt(vector.length) * Math.max(...vector.map(Math.abs))) / 254;
        const error = Math.abs(dequantizedDot(query, quantize(vector)) - dot(query, vector));
        assert.ok(error <= 1.01 * bound);
      }),
    );
  });

  it('is the same for every length of the same direction', () => {
    const vector = [0.3, -0.2, 0.9];
    for (const length of [7, 1e-300, 1e300]) {
      assert.deepEqual(quantize(vector.map((x) => length * x)), quantize(vector));
    }
  });

  it('of the first numbers is put where it is asked for, over what was there', () => {
    const bytes = Uint8Array.of(9, 9, 9, 9, 9);
    quantize([0.6, Number.NaN, 0.8], 2, bytes, 1);
    assert.deepEqual([...bytes], [9, 127, 0, 9, 9]);
    quantize([0, 0, 0.8], 2, bytes, 2);
    assert.deepEqual([...bytes], [9, 127, 0, 0, 9]);
    assert.deepEqual([...quantize([1], 3)], [127, 0, 0]);
  });

  it('can be read out of a larger buffer, as a database client returns it', () => {
    const bytes = Buffer.concat([Buffer.from([1, 2, 3]), quantize(north)]).subarray(3);
    assert.equal(dequantizedDot(north, bytes), 1);
  });

  it('that is missing, empty or of another length is like nothing', () => {
    assert.equal(dequantizedDot(north, new Uint8Array()), 0);
    assert.equal(dequantizedDot(north, new Uint8Array(SEMANTIC_DIMENSIONS)), 0);
    assert.equal(dequantizedDot(east, quantize([1, 0])), 0);
    assert.equal(dequantizedDot([1, 0], quantize(east)), 0);
    assert.deepEqual([...quantize([0, Number.NaN, Number.POSITIVE_INFINITY])], [0, 0, 0]);
  });
});
