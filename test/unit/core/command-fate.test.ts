import assert from 'node:assert/strict';
import { commandId } from '../../../client/src/command-id.ts';
import { DEFAULTS, INBOX } from '../../../functions/src/config.ts';
import { mayBeSpent, mayRun, mayRunAgain } from '../../../functions/src/core/command-fate.ts';
import {
  ConnectionError,
  memoryNotFound,
  OperationError,
  ValidationError,
} from '../../../functions/src/errors.ts';

const operation = (code: ConstructorParameters<typeof OperationError>[0], reason: string) =>
  new OperationError(code, 'It failed.', { reason });

describe('a command that failed', () => {
  const passing = {
    'a lost connection': new ConnectionError('unavailable', 'Later.', { reason: 'unavailable' }),
    contention: operation('aborted', 'contention'),
  };
  for (const [what, error] of Object.entries(passing)) {
    it(`is run again after ${what}, for as long as it may run`, () => {
      assert.equal(mayRunAgain(error, 0), true);
      assert.equal(mayRunAgain(error, INBOX.RUN_MS - 1), true);
      assert.equal(mayRunAgain(error, INBOX.RUN_MS), false);
    });
  }

  const unforeseen = {
    'a defect': new TypeError('a defect'),
    'an internal error': operation('internal', 'unexpected'),
    'a call that Firestore cancelled': operation('cancelled', 'cancelled'),
    'an index that is still building': operation('failed-precondition', 'not-set-up'),
  };
  for (const [what, error] of Object.entries(unforeseen)) {
    it(`is run again after ${what}, but not for so long that those behind it wait for ever`, () => {
      assert.equal(mayRunAgain(error, INBOX.PATIENCE_MS - 1), true);
      assert.equal(mayRunAgain(error, INBOX.PATIENCE_MS), false);
    });
  }

  const final = {
    'a refusal': operation('permission-denied', 'permission-denied'),
    'a missing memory': memoryNotFound(),
    'an outdated version': operation('aborted', 'version-mismatch'),
    'an invalid request': new ValidationError([]),
    'a key that was used': operation('failed-precondition', 'key-reused'),
  };
  for (const [what, error] of Object.entries(final)) {
    it(`is not run again after ${what}`, () => assert.equal(mayRunAgain(error, 0), false));
  }

  it('may be spent when it arrives a month after it was made, as its id says, but for a clock a day fast', () => {
    const made = Date.now() + 60_000;
    const id = commandId(made);
    const limit = INBOX.KEPT_MS - INBOX.CLOCK_MS;
    const madeAgo = (ms: number) => mayBeSpent(id, made + ms);
    assert.equal(madeAgo(limit), true);
    assert.equal(madeAgo(limit - 1), false);
    assert.equal(madeAgo(-60_000), false, 'of a clock that is fast');
  });

  it('of another making says nothing of its age', () => {
    for (const id of ['c', crypto.randomUUID(), `${commandId(1)}0`, '0'.repeat(32)]) {
      assert.equal(mayBeSpent(id, Date.now()), false, id);
    }
  });

  it('is never so old that a second run could miss the receipt of the first', () => {
    assert.ok(INBOX.RUN_MS + DEFAULTS.DEADLINE_MS < DEFAULTS.RECEIPT_MS);
    assert.equal(mayRun(INBOX.RUN_MS - 1), true);
    assert.equal(mayRun(INBOX.RUN_MS), false);
  });
});
