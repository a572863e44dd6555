import assert from 'node:assert/strict';
import { DEAD_LETTERS } from '../../../functions/src/config.ts';
import {
  countFailure,
  type DeadLetter,
  type FailedAttempt,
} from '../../../functions/src/core/dead-letter.ts';

const attempt = (changes: Partial<FailedAttempt> = {}): FailedAttempt => ({
  event: 'e',
  now: 1_000,
  reason: 'query-refused',
  code: 'internal',
  ...changes,
});

/** The letter after so many attempts, each of the event that `event` names, and which of them were the last. */
function letterAfter(attempts: number, event: (n: number) => string) {
  let letter: DeadLetter | null = null;
  const givenUp: number[] = [];
  for (let n = 1; n <= attempts; n += 1) {
    const counted = countFailure(letter, attempt({ event: event(n), now: n }));
    letter = counted.letter;
    if (counted.isGivenUp) givenUp.push(n);
  }
  return { letter, givenUp };
}

describe('a dead letter', () => {
  it('[28] gives an event up with its last attempt, and never before', () => {
    const { MAX_TRIES } = DEAD_LETTERS;
    assert.deepEqual(letterAfter(MAX_TRIES - 1, () => 'e').givenUp, []);
    const { letter, givenUp } = letterAfter(MAX_TRIES, () => 'e');
    assert.deepEqual(givenUp, [MAX_TRIES]);
    assert.deepEqual(
      [letter?.dead, letter?.attempts, letter?.firstAt, letter?.lastAt],
      [true, MAX_TRIES, 1, MAX_TRIES],
    );
  });

  it('counts each event by itself, so that many that fail once are all tried again', () => {
    const { letter, givenUp } = letterAfter(DEAD_LETTERS.MAX_EVENTS, (n) => `e${n}`);
    assert.deepEqual([givenUp, letter?.dead, letter?.attempts], [[], false, DEAD_LETTERS.MAX_EVENTS]);
  });

  it('stays small: after many events the others are counted together', () => {
    const many = DEAD_LETTERS.MAX_EVENTS + DEAD_LETTERS.MAX_TRIES;
    const { letter, givenUp } = letterAfter(many, (n) => `e${n}`);
    assert.equal(Object.keys(letter?.tries ?? {}).length, DEAD_LETTERS.MAX_EVENTS + 1);
    assert.deepEqual(givenUp, [many]);
  });

  it('stays dead when another event fails, and gives that one all of its attempts', () => {
    const { letter } = letterAfter(DEAD_LETTERS.MAX_TRIES, () => 'e');
    const next = countFailure(letter, attempt({ event: 'other' }));
    assert.deepEqual([next.isGivenUp, next.letter.dead], [false, true]);
  });

  it('gives a damaged memory up at once', () => {
    const { letter, isGivenUp } = countFailure(
      null,
      attempt({ code: 'data-loss', reason: 'damaged-document' }),
    );
    assert.deepEqual(
      [isGivenUp, letter.dead, letter.reason, letter.code, letter.attempts],
      [true, true, 'damaged-document', 'data-loss', 1],
    );
  });
});
