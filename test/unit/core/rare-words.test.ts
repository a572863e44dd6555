import assert from 'node:assert/strict';
import { SEARCH } from '../../../functions/src/config.ts';
import { rareWords } from '../../../functions/src/core/rare-words.ts';
import { sampleWords, statisticsOf } from '../../../functions/src/core/word-sample.ts';

/** A space of 200 entries: `common` is in all of them, `few` in 15, `some` in 8. */
const entries = Array.from({ length: 200 }, (_, n) => [
  'common',
  ...(n < 15 ? ['few'] : []),
  ...(n < 8 ? ['some'] : []),
]);
const ask = (mode: 'hybrid' | 'keyword' | 'semantic', query: string, nearest: string[][] = []) =>
  rareWords(
    mode,
    statisticsOf(sampleWords(entries, 200), query.split(' ')),
    nearest.map((terms) => ({ terms })),
  ).words;

describe('the words that are looked up', () => {
  it('are those that no sample knows, then the rarest, as many as are in few enough memories', () => {
    assert.deepEqual(ask('keyword', 'common few new some'), ['new', 'some', 'few']);
    assert.deepEqual(ask('hybrid', 'few some'), ['some'], '15 and 8 are more than 20');
  });

  it('are, in hybrid mode, those of which the nearest entries have too few', () => {
    const eight = Array.from({ length: 8 }, () => ['some']);
    assert.deepEqual(ask('hybrid', 'some', eight), []);
    assert.deepEqual(ask('hybrid', 'some', eight.slice(1)), ['some']);
    assert.deepEqual(ask('hybrid', 'new', [['new']]), []);
    assert.deepEqual(ask('hybrid', 'new', eight), ['new']);
  });

  it('are, in hybrid mode, those that carry the query', () => {
    assert.deepEqual(ask('hybrid', 'one common'), ['one']);
    assert.deepEqual(ask('hybrid', 'one two three'), ['one', 'two', 'three']);
    assert.deepEqual(ask('hybrid', 'one two three four'), []);
  });

  it('are none where words do not count', () => assert.deepEqual(ask('semantic', 'new'), []));

  it('are never too many for one query', () => assert.ok(SEARCH.MAX_QUERY_TERMS <= 30));

  it('are all looked up where the sample knows none of them, in however large a space', () => {
    const statistics = statisticsOf(sampleWords(entries, 1_000_000), ['one', 'two', 'some']);
    assert.deepEqual(rareWords('keyword', statistics, []).words, ['one', 'two']);
  });
});
