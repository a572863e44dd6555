import assert from 'node:assert/strict';
import fc from 'fast-check';
import { normalizedBm25 } from '../../../functions/src/core/bm25.ts';
import { quantize } from '../../../functions/src/core/joined-vector.ts';
import { encodeTokens, TOKEN_DIMENSIONS } from '../../../functions/src/core/late-interaction.ts';
import { type Candidate, type RankingQuery, rank } from '../../../functions/src/core/ranking.ts';

const NOW = Date.parse('2024-06-01T00:00:00.000Z');
const base: Candidate = {
  id: 'a',
  terms: ['cat'],
  frequencies: [1],
  length: 1,
  semantic: quantize([1, 0]),
  tokens: new Uint8Array(),
  speaker: [],
  sessionId: null,
  seq: 0,
  occurredAt: '2024-06-01T00:00:00.000Z',
  importance: 0.5,
};
const hybrid: RankingQuery = {
  mode: 'hybrid',
  idfs: new Map([['cat', 1]]),
  semantic: [1, 0],
  tokens: null,
  known: 1,
  now: NOW,
};

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

  const spoken = (place: number, speaker: string) => ({
    ...base,
    id: `${speaker}${place}`,
    speaker: [speaker],
    sessionId: 's',
    seq: place,
  });

  it('prefers what is said by the one whom the query names, and nobody where it names none', () => {
    const idfs = new Map([...hybrid.idfs, ['ann', 1]]);
    const [ann, bob] = [spoken(0, 'ann'), { ...spoken(0, 'bob'), sessionId: 't' }];
    const [first, second] = rank([bob, ann], { ...hybrid, idfs });
    assert.deepEqual([first!.id, second!.id], ['ann0', 'bob0']);
    assert.ok(first!.parts.subject > 0);
    assert.equal(second!.parts.subject, -first!.parts.subject);
    for (const { parts } of rank([bob, ann], hybrid)) assert.equal(parts.subject, 0);
    assert.equal(rank([base, ann], { ...hybrid, idfs }).find(({ id }) => id === 'a')!.parts.subject, 0);
  });

  it('lends to a turn from those around it', () => {
    const answer = { ...spoken(1, 'bob'), terms: ['dog'], semantic: quantize([0, 1]) };
    const elsewhere = { ...answer, id: 'elsewhere', sessionId: 't' };
    const ranked = rank([elsewhere, answer, spoken(0, 'ann')], hybrid);
    assert.deepEqual(
      ranked.map(({ id }) => id),
      ['ann0', 'bob1', 'elsewhere'],
    );
    assert.ok(ranked[1]!.parts.conversation > 0);
    assert.equal(ranked[2]!.parts.conversation, 0);
  });

  it('compares word by word where the embedder tells their vectors', () => {
    const vector = Array.from({ length: TOKEN_DIMENSIONS }, (_, place) => (place === 0 ? 1 : 0));
    const tokens = encodeTokens('cat', [{ start: 0, end: 3, vector }]);
    const query = { ...hybrid, tokens: [{ vector, weight: 1 }] };
    const ranked = rank([base, { ...base, id: 'b', tokens }], query);
    assert.equal(ranked[0]!.id, 'b');
    assert.ok(ranked[0]!.parts.interaction > 0.5);
    const without = rank([{ ...base, tokens }], { ...query, mode: 'keyword' });
    assert.equal(without[0]!.parts.interaction, 0);
  });

  const axis = (place: number) => Array.from({ length: TOKEN_DIMENSIONS }, (_, at) => (at === place ? 1 : 0));
  const tokensOf = (word: string, place: number) =>
    encodeTokens(word, [{ start: 0, end: word.length, vector: axis(place) }]);
  const perfect = { ...base, terms: ['cat'], frequencies: [1e9], tokens: tokensOf('cat', 0) };
  const asked = { ...hybrid, tokens: [{ vector: axis(0), weight: 1 }] };

  it('gives all of the weight to what the query and the memory both have', () => {
    const without = { ...perfect, tokens: new Uint8Array() };
    const unembedded = { ...without, semantic: new Uint8Array() };
    const none = { ...asked, idfs: new Map<string, number>() };
    for (const [candidate, query] of [
      [perfect, asked],
      [perfect, { ...asked, known: 0.3 }],
      [perfect, { ...asked, known: 0 }],
      [perfect, { ...asked, tokens: [] }],
      [perfect, { ...asked, tokens: null }],
      [without, asked],
      [unembedded, asked],
      [perfect, { ...asked, semantic: null }],
      [perfect, { ...none, tokens: [], known: 0 }],
      [perfect, { ...asked, mode: 'keyword' }],
      [perfect, { ...asked, mode: 'semantic', known: 0.1 }],
      [perfect, { ...asked, mode: 'semantic', tokens: [] }],
      [without, { ...asked, mode: 'semantic' }],
    ] as const) {
      const [ranked] = rank([candidate], query);
      assert.ok(Math.abs(ranked!.score - 1) < 1e-6, JSON.stringify(ranked));
    }
  });

  it('counts the meaning beside the words as far as the embedder knows the query', () => {
    const parts = (known: number) => rank([perfect], { ...asked, known })[0]!.parts;
    const share = ({ keyword, semantic, interaction }: ReturnType<typeof parts>) =>
      (semantic + interaction) / keyword;
    assert.ok(Math.abs(share(parts(0.1)) - 0.1 * share(parts(1))) < 1e-6);
  });

  it('leaves out what it has nothing to compare by', () => {
    const unembedded = { ...base, id: 'b', semantic: new Uint8Array() };
    const semantic = { ...hybrid, mode: 'semantic', importanceWeight: 10 } as const;
    assert.deepEqual(ids([unembedded, base], semantic), ['a']);
    assert.deepEqual(ids([unembedded, base], { ...hybrid, idfs: new Map() }), ['a']);
    assert.deepEqual(ids([unembedded, base], hybrid).toSorted(), ['a', 'b']);
  });

  it('scores the sum of the parts that it tells', () => {
    const idfs = new Map([...hybrid.idfs, ['ann', 1]]);
    const recency = { halfLifeDays: 7, weight: 0.2 };
    for (const { score, parts } of rank([spoken(0, 'ann'), spoken(1, 'bob')], { ...hybrid, idfs, recency })) {
      const sum = Object.values(parts).reduce((total: number, part: number) => total + part, 0);
      assert.ok(Math.abs(score - sum) < 1e-12);
    }
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
    tokens: fc.uint8Array({ maxLength: 3 * TOKEN_DIMENSIONS }),
    speaker: fc.uniqueArray(fc.constantFrom('a', 'd', 'ann')),
    sessionId: fc.option(fc.constantFrom('s', 't')),
    seq: fc.oneof(fc.nat({ max: 5 }), fc.maxSafeInteger()),
    occurredAt: fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.string(),
    ),
    importance: fc.oneof(fc.constantFrom(0, 0.5, 1), fc.double()),
  });
  const queryToken = fc.record({
    vector: fc.array(fc.double(), { minLength: TOKEN_DIMENSIONS, maxLength: TOKEN_DIMENSIONS }),
    weight: fc.double(),
  });
  const query: fc.Arbitrary<RankingQuery> = fc.record({
    mode: fc.constantFrom('hybrid', 'keyword', 'semantic'),
    idfs: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'd'), fc.double())).map((pairs) => new Map(pairs)),
    semantic: fc.option(fc.array(fc.double(), { minLength: 4, maxLength: 4 })),
    tokens: fc.option(fc.array(queryToken, { maxLength: 3 })),
    known: fc.double({ min: 0, max: 1, noNaN: true }),
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
