import assert from 'node:assert/strict';
import { SEARCH } from '../../../functions/src/config.ts';
import { rareWords } from '../../../functions/src/core/rare-words.ts';
import { idfsOf, sampleWords, statisticsOf } from '../../../functions/src/core/word-sample.ts';

/** A space of 200 entries: `common` is in all of them, `few` in 15, `some` in 8. */
const entries = Array.from({ length: 200 }, (_, n) => [
  'common',
  ...(n < 15 ? ['few'] : []),
  ...(n < 8 ? ['some'] : []),
]);
const ask = (
  mode: 'hybrid' | 'keyword' | 'semantic',
  query: string,
  nearest: string[][] = [],
  { total = 200, isFiltered = false } = {},
) => {
  const statistics = statisticsOf(sampleWords(entries, total), query.split(' '));
  const asked = { mode, statistics, idfs: idfsOf([statistics]), isFiltered };
  return rareWords(
    asked,
    nearest.map((terms) => ({ terms })),
  ).words;
};

describe('the words that are looked up', () => {
  it('are those that no sample knows, then the rarest, as many as are in few enough memories', () => {
    assert.deepEqual(ask('keyword', 'common few new some'), ['new', 'some', 'few']);
    assert.deepEqual(ask('hybrid', 'few some'), ['some'], '15 and 8 are more than 20');
  });

  it('are, in hybrid mode, those that none of the nearest entries has', () => {
    assert.deepEqual(ask('hybrid', 'some', [['some'], ['other']]), []);
    assert.deepEqual(ask('hybrid', 'some', [['other']]), ['some']);
    assert.deepEqual(ask('hybrid', 'new', [['new']]), []);
    assert.deepEqual(ask('hybrid', 'new', [['some']]), ['new']);
  });

  it('may be in more memories where a filter may let few of them pass', () => {
    assert.deepEqual(ask('hybrid', 'few some', [], { isFiltered: true }), ['some', 'few']);
  });

  it('are, in hybrid mode, those that carry the query', () => {
    assert.deepEqual(ask('hybrid', 'one common'), ['one']);
    assert.deepEqual(ask('hybrid', 'one two three'), ['one', 'two', 'three']);
    assert.deepEqual(ask('hybrid', 'one two three four'), []);
  });

  it('are none where words do not count', () => assert.deepEqual(ask('semantic', 'new'), []));

  it('are never more than one query takes, the rarest ones', () => {
    const words = Array.from({ length: 1_000 }, (_, n) => `new${n}`);
    assert.deepEqual(ask('keyword', [...words, 'some'].join(' ')), words.slice(0, SEARCH.LOOKUP_WORDS));
    assert.ok(SEARCH.LOOKUP_WORDS <= 30, 'what Firestore takes');
  });

  it('are all looked up where the sample knows none of them, in however large a space', () => {
    assert.deepEqual(ask('keyword', 'one two some', [], { total: 1_000_000 }), ['one', 'two']);
  });
});
