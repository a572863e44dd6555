import assert from 'node:assert/strict';
import { toHttpsError } from '../../../functions/src/api/https-error.ts';
import {
  ConnectionError,
  memoryNotFound,
  OperationError,
  permissionDenied,
  StorageError,
  ValidationError,
} from '../../../functions/src/errors.ts';
import { logged } from '../../support/logged.ts';

const SECRET = 'correct horse battery staple';

/** What a caller gets, and what is written to the log meanwhile. */
function answerTo(error: unknown): { answer: Record<string, unknown>; status: number; logged: string } {
  const { result: made, logged: written } = logged(() => toHttpsError(error, 'memory.add'));
  const answer = JSON.parse(JSON.stringify(made)) as Record<string, unknown>;
  return { answer, status: made.httpErrorCode.status, logged: written };
}

describe('an error on the wire', () => {
  it('has code, message, reason and whether to try again, and its cause stays here', () => {
    const details = { reason: 'throttled', collection: 'memories' };
    const error = new ConnectionError('resource-exhausted', 'Try again later.', details, new Error(SECRET));
    const { answer, status, logged } = answerTo(error);
    assert.deepEqual(answer, {
      status: 'RESOURCE_EXHAUSTED',
      message: 'Try again later.',
      details: { operation: 'memory.add', reason: 'throttled', collection: 'memories', retryable: true },
    });
    assert.equal(status, 429);
    assert.equal(logged, '');
  });

  it('names the operation that was called, whatever failed inside of it', () => {
    const error = new OperationError('aborted', 'Busy.', {
      reason: 'contention',
      operation: 'memory.add',
    });
    assert.deepEqual(answerTo(error).answer.details, {
      operation: 'memory.add',
      reason: 'contention',
      retryable: true,
    });
  });

  it('of an invalid request has its issues', () => {
    const issues = [{ path: 'memories.0.text', code: 'too_big' }];
    const { answer, status } = answerTo(new ValidationError(issues));
    assert.deepEqual(answer, {
      status: 'INVALID_ARGUMENT',
      message: 'The request is invalid: memories.0.text: too_big.',
      details: { operation: 'memory.add', reason: 'invalid-request', issues, retryable: false },
    });
    assert.equal(status, 400);
  });

  const statuses = {
    'invalid-argument': 400,
    unauthenticated: 401,
    'permission-denied': 403,
    'not-found': 404,
    'already-exists': 409,
    'failed-precondition': 400,
    aborted: 409,
    'resource-exhausted': 429,
    cancelled: 499,
    'data-loss': 500,
    unavailable: 503,
    'deadline-exceeded': 504,
    internal: 500,
  } as const;
  for (const code of Object.keys(statuses) as (keyof typeof statuses)[]) {
    it(`of code ${code} keeps it, with status ${statuses[code]}`, () => {
      const { answer, status } = answerTo(new StorageError(code, 'm', { reason: 'r' }));
      assert.equal(answer.status, code.toUpperCase().replaceAll('-', '_'));
      assert.equal(status, statuses[code]);
    });
  }

  it('is the same for what is missing and what may not be seen', () => {
    assert.deepEqual(answerTo(permissionDenied()), answerTo(permissionDenied()));
    assert.deepEqual(answerTo(memoryNotFound()), answerTo(memoryNotFound()));
  });

  const unforeseen: readonly [title: string, error: unknown][] = [
    ['an error', new Error(SECRET)],
    ['an error of another kind', new TypeError(SECRET, { cause: SECRET })],
    [
      'an error with code and details',
      Object.assign(new Error(SECRET), { code: 'not-found', details: SECRET }),
    ],
    ['a text', SECRET],
    ['an object', { message: SECRET, code: 'not-found' }],
    ['nothing', undefined],
    ['null', null],
  ];
  for (const [title, error] of unforeseen) {
    it(`that was not foreseen, ${title}, is internal and says nothing of itself`, () => {
      const { answer, status, logged } = answerTo(error);
      assert.deepEqual(answer, {
        status: 'INTERNAL',
        message: 'The operation failed inside the service.',
        details: { operation: 'memory.add', reason: 'unexpected', retryable: false },
      });
      assert.equal(status, 500);
      assert.match(logged, /unforeseen failure/);
      // The stack of an error is for the log; of what is no error, not even that is known to be safe.
      assert.equal(logged.includes(SECRET), error instanceof Error);
    });
  }
});
