import assert from 'node:assert/strict';
import { FirememoryError, type FirememoryErrorCode } from '../../../client/src/index.ts';
import type { ErrorCode } from '../../../functions/src/errors.ts';
import { type CallableStub, type StubAnswer, startCallableStub } from './callable-stub.ts';

// Compiles only while the client knows every code that the service may answer with.
const known = (code: ErrorCode): FirememoryErrorCode => code;

describe('client errors', () => {
  let stub: CallableStub;
  before(async () => {
    stub = await startCallableStub();
  });
  after(() => stub.close());

  async function failure(answer: StubAnswer): Promise<FirememoryError> {
    stub.answer = answer;
    const error = await stub.memory.memory.get('m').then(
      () => assert.fail('should have been rejected'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof FirememoryError);
    return error;
  }

  const refusal = (status: string, details?: unknown): StubAnswer => ({
    status: 400,
    body: { error: { status, message: 'A message.', details } },
  });

  it('carry code, reason, issues and operation of the service', async () => {
    const issues = [{ path: 'id', code: 'invalid_id' }];
    const details = { reason: 'invalid-request', issues, operation: 'memory.fetch' };
    const error = await failure(refusal('INVALID_ARGUMENT', details));
    const { name, code, reason, message, operation, retryable } = error;
    assert.deepEqual(
      { name, code, reason, message, operation, retryable },
      {
        name: 'FirememoryError',
        code: known('invalid-argument'),
        reason: 'invalid-request',
        message: 'A message.',
        operation: 'memory.fetch',
        retryable: false,
      },
    );
    assert.deepEqual(error.issues, issues);
    assert.ok(error.cause instanceof Error);
  });

  it('name the operation that was called when the service does not', async () => {
    assert.equal(
      (await failure(refusal('NOT_FOUND', { reason: 'memory-not-found' }))).operation,
      'memory.get',
    );
  });

  const retryable: [string, string, boolean][] = [
    ['UNAVAILABLE', 'firestore-unavailable', true],
    ['DEADLINE_EXCEEDED', 'deadline', true],
    ['RESOURCE_EXHAUSTED', 'throttled', true],
    ['ABORTED', 'contention', true],
    ['ABORTED', 'version-mismatch', false],
    ['DEADLINE_EXCEEDED', 'command-too-old', false],
    ['PERMISSION_DENIED', 'permission-denied', false],
    ['INTERNAL', 'internal', false],
  ];
  for (const [status, reason, expected] of retryable) {
    it(`say that ${status} (${reason}) is ${expected ? '' : 'not '}worth another try`, async () => {
      assert.equal((await failure(refusal(status, { reason }))).retryable, expected);
    });
  }

  it('tell an answer of the platform from one of the service: a function that is not deployed', async () => {
    const error = await failure({ status: 404, body: 'Page not found' });
    assert.deepEqual([error.code, error.reason, error.retryable], ['not-found', 'platform-error', false]);
  });

  it('survive details of another form', async () => {
    for (const details of ['text', 7, null, [], { reason: 3, issues: 'x' }, { issues: [1, { path: 2 }] }]) {
      const error = await failure(refusal('INTERNAL', details));
      assert.deepEqual([error.reason, error.issues], ['platform-error', []]);
    }
  });

  it('say so when an answer cannot be read', async () => {
    const error = await failure({ body: { result: { memory: { metadata: { '@type': 'x' } } } } });
    assert.deepEqual([error.code, error.reason, error.retryable], ['internal', 'unreadable-answer', false]);
  });

  it('are worth another try when nothing answers', async () => {
    const gone = await startCallableStub();
    await gone.closeServer();
    const error = await gone.memory.memory.get('m').catch((reason: unknown) => reason);
    await gone.close();
    assert.ok(error instanceof FirememoryError);
    assert.deepEqual([error.code, error.reason, error.retryable], ['internal', 'platform-error', true]);
  });
});
