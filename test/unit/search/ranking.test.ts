import assert from 'node:assert/strict';
import fc from 'fast-check';
import { normalizedBm25 } from '../../../functions/src/core/bm25.ts';
import { quantize } from '../../../functions/src/core/joined-vector.ts';
import { type Candidate, type RankingQuery, rank } from '../../../functions/src/core/ranking.ts';

const NOW = Date.parse('2024-06-01T00:00:00.000Z');
const base: Candidate = {
  id: 'a',
  terms: ['cat'],
  frequencies: [1],
  length: 1,
  semantic: quantize([1, 0]),
  occurredAt: '2024-06-01T00:00:00.000Z',
  importance: 0.5,
};
const hybrid: RankingQuery = { mode: 'hybrid', idfs: new Map([['cat', 1]]), semantic: [1, 0], now: NOW };

function ids(candidates: readonly Candidate[], query: RankingQuery): string[] {
  return rank(candidates, query).map(({ id }) => id);
}

describe('the ranking', () => {
  const words = { ...base, id: 'words', semantic: quantize([0, 1]) };
  const meaning = { ...base, id: 'meaning', terms: ['dog'] };
  const neither = { ...base, id: 'neither', terms: ['dog'], semantic: quantize([-1, 0]) };

  it('puts words and meaning together above either, and either above none', () => {
    const order = ids([neither, meaning, words, base], hybrid);
    assert.equal(order[0], 'a');
    assert.equal(order.at(-1), 'neither');
  });

  it('scores 0.6 of the words and 0.4 of the meaning, and tells both', () => {
    const [ranked] = rank([{ ...base, semantic: quantize([3, 4]) }], hybrid);
    const words = 0.6 * normalizedBm25(base, hybrid.idfs);
    assert.ok(Math.abs(ranked!.parts.keyword - words) < 1e-9);
    assert.ok(Math.abs(ranked!.parts.semantic - 0.4 * 0.6) < 0.002);
    assert.equal(ranked!.score, ranked!.parts.keyword + ranked!.parts.semantic);
  });

  it('by keywords leaves out what has no word of the query, and ignores the meaning', () => {
    const ranked = rank([neither, meaning, words, base], { ...hybrid, mode: 'keyword' });
    assert.deepEqual(
      ranked.map(({ id }) => id),
      ['a', 'words'],
    );
    assert.equal(ranked[0]?.score, ranked[1]?.score);
  });

  it('by meaning is the cosine alone', () => {
    const ranked = rank([neither, meaning, words], { ...hybrid, mode: 'semantic' });
    assert.deepEqual(
      ranked.map(({ id, score }) => [id, score]),
      [
        ['meaning', 1],
        ['words', 0],
        ['neither', -1],
      ],
    );
  });

  it('works without an embedding of the query', () => {
    assert.deepEqual(ids([meaning, words], { ...hybrid, semantic: null }), ['words', 'meaning']);
  });

  it('leaves out what scores below the minimum, and keeps what just reaches it', () => {
    const [first] = rank([base], hybrid);
    assert.deepEqual(ids([base, meaning], { ...hybrid, minScore: first!.score }), ['a']);
    assert.deepEqual(ids([base], { ...hybrid, minScore: first!.score + 1e-9 }), []);
  });

  it('gives half of the recency weight after one half life, and no more than all of it to the future', () => {
    const recency = { halfLifeDays: 7, weight: 0.2 };
    const part = (occurredAt: string) =>
      rank([{ ...base, occurredAt }], { ...hybrid, recency })[0]!.parts.recency;
    assert.equal(part('2024-06-01T00:00:00.000Z'), 0.2);
    assert.equal(part('2024-05-25T00:00:00.000Z'), 0.1);
    assert.equal(part('2034-06-01T00:00:00.000Z'), 0.2);
    assert.ok(part('1970-01-01T00:00:00.000Z') < 1e-9);
  });

  it('adds the importance, weighted', () => {
    const important = { ...base, id: 'b', importance: 1 };
    assert.deepEqual(ids([base, important], { ...hybrid, importanceWeight: 0.1 }), ['b', 'a']);
    assert.equal(rank([important], { ...hybrid, importanceWeight: 0.1 })[0]!.parts.importance, 0.1);
    assert.equal(rank([important], hybrid)[0]!.parts.importance, 0);
  });

  it('breaks ties by the later time, then by the lower id', () => {
    const later = { ...base, id: 'z', occurredAt: '2024-06-02T00:00:00.000Z' };
    assert.deepEqual(ids([{ ...base, id: 'b' }, base, later], hybrid), ['z', 'a', 'b']);
  });

  it('ranks an entry that is damaged last instead of failing', () => {
    const damaged = {
      ...base,
      id: 'x',
      frequencies: [Number.NaN],
      length: Number.NaN,
      semantic: new Uint8Array(3),
      occurredAt: 'never',
      importance: Number.NaN,
    };
    const query = { ...hybrid, recency: { halfLifeDays: 1, weight: 1 }, importanceWeight: 1 };
    assert.deepEqual(ids([damaged, base], query), ['a', 'x']);
  });

  const candidate: fc.Arbitrary<Candidate> = fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    terms: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '__proto__')),
    frequencies: fc.array(fc.oneof(fc.nat({ max: 9 }), fc.double())),
    length: fc.oneof(fc.nat(), fc.double()),
    semantic: fc.uint8Array({ minLength: 0, maxLength: 4 }),
    occurredAt: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.string(),
    ),
    importance: fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double()),
  });
  const query: fc.Arbitrary<RankingQuery> = fc.record({
    mode: fc.constantFrom('hybrid', 'keyword', 'semantic'),
    idfs: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'd'), fc.double())).map((pairs) => new Map(pairs)),
    semantic: fc.option(fc.array(fc.double(), { minLength: 4, maxLength: 4 })),
    now: fc.double(),
    recency: fc.option(fc.record({ halfLifeDays: fc.double(), weight: fc.double() }), { nil: undefined }),
    importanceWeight: fc.option(fc.double(), { nil: undefined }),
  });
  const distinct = fc.uniqueArray(candidate, { selector: ({ id }) => id, maxLength: 12 });

  it('has finite scores that fall, for whatever is stored and asked', () => {
    fc.assert(
      fc.property(distinct, query, (candidates, asked) => {
        const ranked = rank(candidates, asked);
        for (const [place, { score, parts }] of ranked.entries()) {
          assert.ok(Number.isFinite(score));
          assert.ok(Object.values(parts).every(Number.isFinite));
          assert.ok(place === 0 || score <= ranked[place - 1]!.score);
        }
      }),
    );
  });

  it('does not depend on the order in which the candidates come', () => {
    fc.assert(
      fc.property(distinct, query, fc.nat(), (candidates, asked, turn) => {
        const at = candidates.length === 0 ? 0 : turn % candidates.length;
        const turned = [...candidates.slice(at), ...candidates.slice(0, at)];
        assert.deepEqual(rank(turned.reverse(), asked), rank(candidates, asked));
      }),
    );
  });
});
