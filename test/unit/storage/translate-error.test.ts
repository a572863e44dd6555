import assert from 'node:assert/strict';
import {
  ConnectionError,
  type ErrorCode,
  OperationError,
  StorageError,
  ValidationError,
} from '../../../functions/src/errors.ts';
import { translateError } from '../../../functions/src/storage/translate-error.ts';

const SCENE = { operation: 'memory.add', collection: 'memories' } as const;
const SECRET = 'correct horse battery staple';

type Row = readonly [status: number, name: string, code: ErrorCode, reason: string, retryable: boolean];

const STATUSES: readonly Row[] = [
  [1, 'CANCELLED', 'cancelled', 'cancelled', false],
  [2, 'UNKNOWN', 'internal', 'unknown', false],
  [3, 'INVALID_ARGUMENT', 'internal', 'query-refused', false],
  [4, 'DEADLINE_EXCEEDED', 'deadline-exceeded', 'deadline', true],
  [5, 'NOT_FOUND', 'not-found', 'document-not-found', false],
  [6, 'ALREADY_EXISTS', 'already-exists', 'document-exists', false],
  [7, 'PERMISSION_DENIED', 'internal', 'service-account-denied', false],
  [8, 'RESOURCE_EXHAUSTED', 'resource-exhausted', 'throttled', true],
  [9, 'FAILED_PRECONDITION', 'failed-precondition', 'not-set-up', false],
  [10, 'ABORTED', 'aborted', 'contention', true],
  [11, 'OUT_OF_RANGE', 'internal', 'out-of-range', false],
  [12, 'UNIMPLEMENTED', 'internal', 'unimplemented', false],
  [13, 'INTERNAL', 'internal', 'database-internal', false],
  [14, 'UNAVAILABLE', 'unavailable', 'unavailable', true],
  [15, 'DATA_LOSS', 'data-loss', 'data-loss', false],
  [16, 'UNAUTHENTICATED', 'internal', 'service-account-unauthenticated', false],
];

const CONNECTION: readonly ErrorCode[] = ['unavailable', 'deadline-exceeded', 'resource-exhausted'];

function failure(code: unknown): Error {
  return Object.assign(new Error(SECRET), { code, details: SECRET });
}

describe('an error of Firestore', () => {
  it('that says a transaction is over is contention, whatever its status', () => {
    const message = 'The referenced transaction has expired or is no longer valid.';
    const error = translateError(Object.assign(new Error(message), { code: 3 }), SCENE);
    assert.deepEqual([error.code, error.details.reason, error.retryable], ['aborted', 'contention', true]);
  });

  it('has a row here for each gRPC status but OK', () => {
    assert.deepEqual(
      STATUSES.map(([status]) => status),
      Array.from({ length: 16 }, (_, place) => place + 1),
    );
  });

  for (const [status, name, code, reason, retryable] of STATUSES) {
    it(`${name} becomes ${code}, ${reason}${retryable ? ', to be tried again' : ''}`, () => {
      const cause = failure(status);
      const error = translateError(cause, SCENE);
      assert.equal(error.code, code);
      assert.deepEqual(error.details, { reason, ...SCENE });
      assert.equal(error.retryable, retryable);
      assert.equal(error instanceof ConnectionError, CONNECTION.includes(code));
      assert.equal(error instanceof OperationError, !CONNECTION.includes(code));
      assert.equal(error.cause, cause);
      assert.ok(!error.message.includes(SECRET));
    });
  }

  const unknown: readonly [title: string, error: unknown][] = [
    ['of status OK', failure(0)],
    ['of a status that does not exist', failure(17)],
    ['of a negative status', failure(-1)],
    ['whose code is a text', failure('14')],
    ['whose code names a member of a prototype', failure('constructor')],
    ['whose code is NaN', failure(Number.NaN)],
    ['without a code', new Error(SECRET)],
    ['that is a text', SECRET],
    ['that is an object without a code', { message: SECRET }],
    ['that is null', null],
  ];
  for (const [title, cause] of unknown) {
    it(`${title} becomes internal, never a connection error`, () => {
      const error = translateError(cause, SCENE);
      assert.ok(error instanceof OperationError);
      assert.equal(error.code, 'internal');
      assert.deepEqual(error.details, { reason: 'unexpected', ...SCENE });
      assert.equal(error.cause, cause);
      assert.ok(!error.message.includes(SECRET));
    });
  }

  it('that is thrown as undefined becomes internal too', () => {
    assert.equal(translateError(undefined, SCENE).code, 'internal');
  });
});

describe('an error of our own', () => {
  it('passes through, the same object, and gains the operation', () => {
    const cause = new Error(SECRET);
    const own = [
      new OperationError('not-found', 'm', { reason: 'memory-not-found', collection: 'index' }, cause),
      new ValidationError([{ path: 'cursor', code: 'invalid_cursor' }], 'invalid-cursor'),
      new ConnectionError('deadline-exceeded', 'm', { reason: 'deadline' }),
      new StorageError('aborted', 'm', { reason: 'version-mismatch' }),
    ];
    for (const error of own) {
      const { code, message, details, cause: before } = error;
      const translated = translateError(error, SCENE);
      assert.equal(translated, error);
      assert.deepEqual([translated.code, translated.message, translated.cause], [code, message, before]);
      assert.deepEqual(translated.details, { ...details, operation: 'memory.add' });
    }
  });

  it('keeps the operation that it has', () => {
    const error = new OperationError('aborted', 'm', { reason: 'contention', operation: 'tenant.admit' });
    assert.equal(translateError(error, SCENE).details.operation, 'tenant.admit');
  });
});
