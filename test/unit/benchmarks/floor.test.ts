import assert from 'node:assert/strict';
import { belowFloor, FLOOR } from '../../../benchmarks/retrieval/report.ts';

const good = {
  recall: { '5': 0, '10': FLOOR.recall10, '20': 1 },
  hit10: FLOOR.hit10,
  reads: { p50: FLOOR.reads, p95: 1_000 },
};

describe('the floors of bench:retrieval', () => {
  it('let pass what just reaches them', () => assert.deepEqual(belowFloor(good), []));

  it('name each figure that is worse', () => {
    assert.deepEqual(belowFloor({ ...good, recall: { ...good.recall, '10': 0.769 } }), [
      'recall@10 0.769 < 0.77',
    ]);
    assert.deepEqual(belowFloor({ ...good, hit10: 0.83 }), ['hit@10 0.83 < 0.84']);
    assert.deepEqual(belowFloor({ ...good, reads: { p50: 102, p95: 102 } }), ['reads p50 102 > 101']);
  });

  it('do not let pass what was not measured', () => {
    assert.equal(belowFloor({ ...good, hit10: Number.NaN, reads: { p50: Number.NaN, p95: 0 } }).length, 2);
  });
});
