import assert from 'node:assert/strict';
import {
  type Answer,
  byCategory,
  qualityOf,
  recallAt,
  reciprocalRank,
} from '../../../benchmarks/retrieval/metrics.ts';

/** Twenty-five ids, `f1` the best. */
const FOUND = Array.from({ length: 25 }, (_, n) => `f${n + 1}`);

const answer = (evidence: readonly string[], category = '1', found: readonly string[] = FOUND): Answer => ({
  category,
  evidence,
  found,
});

describe('the measures of retrieval', () => {
  it('take recall as the share of the evidence among the first k, the k-th included', () => {
    const four = answer(['f5', 'f10', 'f20', 'missing']);
    assert.deepEqual(
      [4, 5, 10, 20, 25].map((k) => recallAt(k, four)),
      [0, 0.25, 0.5, 0.75, 0.75],
    );
    assert.equal(recallAt(10, answer(['f1'], '1', [])), 0);
  });

  it('take the reciprocal rank of the first evidence, also beyond the twentieth', () => {
    assert.equal(reciprocalRank(answer(['f25', 'f4'])), 1 / 4);
    assert.equal(reciprocalRank(answer(['f25'])), 1 / 25);
    assert.equal(reciprocalRank(answer(['missing'])), 0);
  });

  it('are means over questions, each of which counts the same', () => {
    const quality = qualityOf([answer(['f1', 'f2']), answer(['f10', 'f11', 'x']), answer(['f11'])]);
    assert.deepEqual(quality, {
      recall: { '5': 0.3333, '10': 0.4444, '20': 0.8889 },
      hit10: 0.6667,
      mrr: 0.397,
      questions: 3,
    });
  });

  it('are zero of no questions', () => {
    assert.deepEqual(qualityOf([]), {
      recall: { '5': 0, '10': 0, '20': 0 },
      hit10: 0,
      mrr: 0,
      questions: 0,
    });
  });

  it('are told of each category by itself', () => {
    const parts = byCategory([answer(['f1'], '4'), answer(['x'], '2'), answer(['y'], '4')]);
    assert.deepEqual(
      Object.entries(parts).map(([category, { hit10, questions }]) => [category, hit10, questions]),
      [
        ['2', 0, 1],
        ['4', 0.5, 2],
      ],
    );
  });
});
