import assert from 'node:assert/strict';
import { WORD_SAMPLE } from '../../../functions/src/config.ts';
import { KeptSamples } from '../../../functions/src/storage/kept-samples.ts';

const sample = (sampled: number, words = '') => ({ sampled, total: sampled, least: 2, words });

describe('the samples of an instance', () => {
  it('are kept for their time, each for its own space', () => {
    const kept = new KeptSamples();
    kept.keep('tenants/a/spaces/s', sample(10), 0);
    assert.equal(kept.get('tenants/a/spaces/s', 9_999)?.sampled, 10);
    assert.equal(kept.get('tenants/b/spaces/s', 0), null);
    assert.equal(kept.get('tenants/a/spaces/s', 10_000), null);
    kept.keep('empty', sample(0), 0);
    assert.equal(kept.get('empty', 0), null);
  });

  it('are as many as there is room for, those that were used last', () => {
    const kept = new KeptSamples();
    for (let n = 0; n < WORD_SAMPLE.KEPT; n += 1) kept.keep(`s${n}`, sample(10), 0);
    assert.ok(kept.get('s0', 0));
    kept.keep('one more', sample(10), 0);
    assert.deepEqual(
      ['s0', 's1', 's2', 'one more'].map((path) => kept.get(path, 0) !== null),
      [true, false, true, true],
    );
  });

  it('are as long as there is room for, however often one is replaced', () => {
    const kept = new KeptSamples();
    const half = 'x'.repeat(WORD_SAMPLE.KEPT_LENGTH / 2);
    for (let n = 0; n < 5; n += 1) kept.keep('a', sample(10, half), 0);
    kept.keep('b', sample(10, half), 0);
    assert.ok(kept.get('a', 0) && kept.get('b', 0));
    kept.keep('c', sample(10, 'x'), 0);
    assert.deepEqual(
      ['a', 'b', 'c'].map((path) => kept.get(path, 0) !== null),
      [false, true, true],
    );
  });
});
