import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WORD_SAMPLE } from '../../../functions/src/config.ts';
import { idf } from '../../../functions/src/core/bm25.ts';
import {
  isOutdated,
  isOutgrown,
  isWhole,
  outgrownAt,
  restOf,
  sampleWords,
  statisticsOf,
} from '../../../functions/src/core/word-sample.ts';

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
        const { frequencies, idfs, unknown } = statisticsOf(sampleWords(all, all.length), terms);
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

  it('of a part of the space estimates the rest, and weighs words by the part', () => {
    const sample = sampleWords([['a'], ['a', 'b'], ['b'], ['c']], 400);
    const { frequencies, idfs } = statisticsOf(sample, ['a', 'c']);
    assert.deepEqual([...frequencies.values()], [200, 100]);
    assert.deepEqual([...idfs.values()], [idf(4, 2), idf(4, 1)]);
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
      const { idfs } = statisticsOf(sample, ['a', 'b', 'c']);
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
