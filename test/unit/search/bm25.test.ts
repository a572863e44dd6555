import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  AVERAGE_LENGTH,
  highestScore,
  idf,
  MAX_TERM_FREQUENCY_PART,
  normalizedBm25,
  termFrequencyPart,
} from '../../../functions/src/core/bm25.ts';

const count = fc.nat({ max: 1_000_000 });

describe('the inverse document frequency', () => {
  it("is Lucene's", () => {
    assert.equal(idf(100, 10).toFixed(12), Math.log(1 + (100 - 10 + 0.5) / 10.5).toFixed(12));
  });

  it('is finite and positive, also where the statistics are stale', () => {
    fc.assert(fc.property(count, count, (n, df) => idf(n, df) > 0 && Number.isFinite(idf(n, df))));
    assert.ok(idf(0, 0) > 0);
    assert.ok(idf(3, 5) > 0);
  });

  it('is higher for a rarer term', () => {
    fc.assert(fc.property(count, count, (n, df) => df >= n || idf(n, df) > idf(n, df + 1)));
  });
});

describe('the term frequency part', () => {
  it('rises with the frequency, falls with the length and never reaches its limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), count, (frequency, length) => {
        const part = termFrequencyPart(frequency, length);
        assert.ok(part > 0 && part < MAX_TERM_FREQUENCY_PART);
        assert.ok(termFrequencyPart(frequency + 1, length) > part);
        assert.ok(termFrequencyPart(frequency, length + 1) < part);
      }),
    );
  });

  it('is 1 for a single occurrence in a text of average length', () => {
    assert.ok(Math.abs(termFrequencyPart(1, AVERAGE_LENGTH) - 1) < 1e-12);
  });

  it('is 0 for what is no frequency', () => {
    for (const frequency of [0, -1, Number.NaN]) assert.equal(termFrequencyPart(frequency, 10), 0);
  });
});

describe('the normalised score', () => {
  const entry = { terms: ['cat', 'dog'], frequencies: [2, 1], length: 3 };

  it('is BM25 divided by the highest that the query allows', () => {
    const idfs = new Map([
      ['cat', 2],
      ['bird', 3],
    ]);
    const expected = (2 * termFrequencyPart(2, 3)) / (MAX_TERM_FREQUENCY_PART * 5);
    assert.ok(Math.abs(normalizedBm25(entry, idfs) - expected) < 1e-12);
    assert.equal(highestScore(idfs), MAX_TERM_FREQUENCY_PART * 5);
  });

  it('is 0 without a common term and for a query without terms', () => {
    assert.equal(normalizedBm25(entry, new Map([['bird', 1]])), 0);
    assert.equal(normalizedBm25(entry, new Map()), 0);
  });

  it('is between 0 and 1 for every entry and query', () => {
    const terms = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', '__proto__'));
    fc.assert(
      fc.property(terms, terms, fc.array(fc.nat({ max: 50 })), count, (own, asked, frequencies, length) => {
        const score = normalizedBm25(
          { terms: own, frequencies, length },
          new Map(asked.map((t) => [t, 0.5])),
        );
        assert.ok(score >= 0 && score <= 1);
      }),
    );
  });
});
