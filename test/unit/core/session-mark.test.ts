import assert from 'node:assert/strict';
import { latestMarks, sessionMark } from '../../../functions/src/core/session-mark.ts';

const at = (second: number) => new Date(second * 1_000).toISOString();
const turn = (sessionId: string | null, second: number, kind = 'message') => ({
  kind,
  sessionId,
  occurredAt: at(second),
});

describe('the mark of a session', () => {
  it('is asked for by a turn that is new, moved there, or later than before', () => {
    assert.deepEqual(sessionMark(turn('c', 5), null), [['c', 5_000]]);
    assert.deepEqual(sessionMark(turn('c', 5), turn('d', 9)), [['c', 5_000]]);
    assert.deepEqual(sessionMark(turn('c', 5), turn('c', 9, 'fact')), [['c', 5_000]]);
    assert.deepEqual(sessionMark(turn('c', 5), turn('c', 4)), [['c', 5_000]]);
  });

  it('is not asked for where it reaches far enough, or by what is no turn', () => {
    assert.deepEqual(sessionMark(turn('c', 5), turn('c', 5)), []);
    assert.deepEqual(sessionMark(turn('c', 5), turn('c', 6)), []);
    assert.deepEqual(sessionMark(turn('c', 5, 'fact'), null), []);
    assert.deepEqual(sessionMark(turn(null, 5), null), []);
  });

  it('is one for each session: the latest, also before 1970', () => {
    const marks = latestMarks([
      ['c', 1],
      ['d', -7],
      ['c', 3],
      ['c', 2],
      ['d', -8],
    ]);
    assert.deepEqual(
      [...marks],
      [
        ['c', 3],
        ['d', -7],
      ],
    );
  });
});
