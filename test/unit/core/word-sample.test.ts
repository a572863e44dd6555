import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WORD_SAMPLE } from '../../../functions/src/config.ts';
import { idf } from '../../../functions/src/core/bm25.ts';
import {
  idfsOf,
  isOutdated,
  isOutgrown,
  isWhole,
  outgrownAt,
  restOf,
  sampleWords,
  statisticsOf,
} from '../../../functions/src/core/word-sample.ts';
import { fastest } from '../fastest.ts';

/** Words that could be taken for each other, or for the numbers beside them. */
const word = fc.constantFrom('a', 'b', 'ab', '1', '2', '12', '茶', '猫茶', 'тест', '💧', 'constructor');
const entries = fc.array(fc.uniqueArray(word), { minLength: 1, maxLength: 40 });

const countIn = (all: readonly (readonly string[])[], term: string) =>
  all.filter((words) => words.includes(term)).length;

/** A sample of so many entries, without words. */
const of = (sampled: number) => ({ sampled, total: sampled, least: 2, words: '' });

describe('a sample of the words of a space', () => {
  it('that is whole tells how many entries have a word, a word of one entry or none as of one', () => {
    const terms = ['a', 'b', 'ab', '1', '2', '12', '茶', '猫茶', 'тест', '💧', 'constructor', 'absent'];
    fc.assert(
      fc.property(entries, (all) => {
        const statistics = statisticsOf(sampleWords(all, all.length), terms);
        const { frequencies, unknown } = statistics;
        const idfs = idfsOf([statistics]);
        for (const term of terms) {
          const count = countIn(all, term);
          assert.equal(frequencies.get(term), Math.max(1, count), term);
          assert.equal(idfs.get(term), idf(all.length, Math.max(1, count)));
          assert.equal(unknown.has(term), count < 2);
        }
      }),
    );
  });

  it('does not depend on the order of its entries', () => {
    fc.assert(
      fc.property(entries, (all) =>
        assert.deepEqual(sampleWords([...all].reverse(), 9), sampleWords(all, 9)),
      ),
    );
  });

  it('of a part of the space estimates the rest', () => {
    const sample = sampleWords([['a'], ['a', 'b'], ['b'], ['c']], 400);
    const statistics = statisticsOf(sample, ['a', 'c']);
    assert.deepEqual([...statistics.frequencies.values()], [200, 100]);
    assert.deepEqual([...idfsOf([statistics]).values()], [idf(400, 200), idf(400, 100)]);
  });

  it('weighs words together with those of other spaces, each by its size, as if they were one', () => {
    const large = statisticsOf(sampleWords([['a'], ['a', 'b'], ['b'], ['c']], 400), ['a', 'c']);
    const small = statisticsOf(sampleWords([['c'], ['c']], 2), ['a', 'c']);
    const empty = statisticsOf(sampleWords([], 0), ['a', 'c']);
    assert.deepEqual(
      [...idfsOf([large, small, empty])],
      [
        ['a', idf(402, 201)],
        ['c', idf(402, 102)],
      ],
    );
    assert.deepEqual(idfsOf([]), new Map());
  });

  it('is asked for the words of the longest query in a few milliseconds', () => {
    const spoken = Array.from({ length: 1_000 }, (_, n) =>
      Array.from({ length: 80 }, (_, k) => `word${(n % 280) * 80 + k}`),
    );
    const sample = sampleWords(spoken, 1_000);
    const asked = Array.from({ length: 1_000 }, (_, n) => `word${n * 30}`);
    assert.ok(sample.words.length > WORD_SAMPLE.MAX_BYTES * 0.8);
    assert.ok(fastest(() => statisticsOf(sample, asked)) < 30);
  });

  it('keeps within its bytes: the rarest words go first, and count as the most frequent of them could', () => {
    const common = Array.from({ length: 3 }, () => ['common']);
    const rare = Array.from({ length: WORD_SAMPLE.MAX_BYTES / 10 }, (_, n) => `rare-word-${n}`);
    const sample = sampleWords([...common, rare, rare], 5);
    assert.deepEqual([sample.words, sample.least], ['\n3 common ', 3]);
    assert.deepEqual([...statisticsOf(sample, ['common', 'rare-word-1']).frequencies.values()], [3, 2]);
  });

  it('leaves out what cannot be a word', () => {
    assert.equal(
      sampleWords(
        [
          ['a b', 'c\nd', 'e'],
          ['a b', 'c\nd', 'e'],
        ],
        2,
      ).words,
      '\n2 e ',
    );
  });

  it('of nothing, or a damaged one, still gives finite weights', () => {
    for (const sample of [sampleWords([], 0), { ...of(3), words: '\nx a \n-1 b \n c ' }]) {
      const idfs = idfsOf([statisticsOf(sample, ['a', 'b', 'c'])]);
      assert.ok([...idfs.values()].every((weight) => weight > 0 && Number.isFinite(weight)));
    }
  });
});

describe('the time of a sample', () => {
  it('is short for a small space, and ends for every one', () => {
    assert.deepEqual([0, 10, 100].map(of).map(restOf), [0, 10_000, 100_000]);
    assert.equal(restOf(of(1_000)), WORD_SAMPLE.MAX_REST_MS);
    assert.equal(isOutdated(0, WORD_SAMPLE.MAX_AGE_MS - 1), false);
    assert.equal(isOutdated(0, WORD_SAMPLE.MAX_AGE_MS), true);
    assert.equal(isOutdated(WORD_SAMPLE.MAX_AGE_MS, 0), true, 'of the future');
  });

  it('ends when the space grows or shrinks by more than a tenth', () => {
    assert.deepEqual(
      [1, 2].map((entries) => isOutgrown(of(1), entries)),
      [false, true],
    );
    assert.deepEqual(
      [89, 90, 110, 111].map((entries) => isOutgrown(of(100), entries)),
      [true, false, false, true],
    );
    assert.equal(outgrownAt(of(100)), 111);
  });

  it('is that of a part from the most entries on', () => {
    assert.deepEqual([WORD_SAMPLE.ENTRIES - 1, WORD_SAMPLE.ENTRIES].map(of).map(isWhole), [true, false]);
  });
});
