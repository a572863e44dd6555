import assert from 'node:assert/strict';
import { neighbourhood, type Turn } from '../../../functions/src/core/neighbourhood.ts';

/** A turn of a session, by its place in one call. */
function turn(seq: number, overrides: Partial<Turn> = {}): Turn {
  return {
    id: `m${seq}`,
    sessionId: 's',
    occurredAt: '2024-05-01T08:00:00.000Z',
    seq: 5_000 + seq,
    ...overrides,
  };
}

describe('what neighbouring turns lend', () => {
  it('halves with each turn between them that one call wrote, seen or not', () => {
    assert.deepEqual(neighbourhood([turn(0), turn(1)], [1, 3]), [1.5, 0.5]);
    assert.deepEqual(neighbourhood([turn(0), turn(3)], [1, 4]), [0.5, 0.125]);
    assert.deepEqual(neighbourhood([turn(0), turn(1), turn(2)], [4, 0, 0]), [0, 2, 1]);
  });

  it('goes by the order alone between turns of different calls', () => {
    const later = turn(0, { id: 'later', seq: 9_000_000 });
    assert.deepEqual(neighbourhood([turn(0), later], [1, 1]), [0.5, 0.5]);
    const earlier = turn(0, { id: 'earlier', seq: 9_000_000, occurredAt: '2023-01-01T00:00:00.000Z' });
    assert.deepEqual(neighbourhood([turn(0), earlier, turn(1)], [1, 1, 1]), [1, 0.75, 0.75]);
  });

  it('is nothing between sessions, and outside of any', () => {
    const others = [
      turn(0),
      turn(1, { sessionId: 't' }),
      turn(2, { sessionId: null }),
      turn(3, { sessionId: null }),
    ];
    assert.deepEqual(neighbourhood(others, [1, 1, 1, 1]), [0, 0, 0, 0]);
  });

  it('does not depend on the order in which the turns come, equal times and numbers included', () => {
    const turns = [turn(0, { id: 'b' }), turn(0, { id: 'a' }), turn(1)];
    const scores = [1, 2, 4];
    const reversed = neighbourhood(turns.toReversed(), scores.toReversed()).toReversed();
    assert.deepEqual(neighbourhood(turns, scores), reversed);
  });

  it('passes over scores that are no numbers', () => {
    assert.deepEqual(neighbourhood([turn(0), turn(1)], [Number.NaN, 1]), [0.5, 0]);
  });
});
