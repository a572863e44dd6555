import assert from 'node:assert/strict';
import { commandId } from '../../../client/src/command-id.ts';
import { FirememoryError } from '../../../client/src/index.ts';
import { type CallableStub, startCallableStub } from './callable-stub.ts';

describe('enqueue', () => {
  let stub: CallableStub;
  before(async () => {
    stub = await startCallableStub();
  });
  after(() => stub.close());

  const enqueue = () => stub.memory.enqueue;
  const long = 'x'.repeat(32_769);
  const refused: { readonly [what: string]: readonly [path: string, code: string, () => unknown] } = {
    'no memory': ['memories', 'too_small', () => enqueue().add([])],
    'five memories': ['memories', 'too_big', () => enqueue().add(Array(5).fill({ text: 'x' }))],
    'five messages': [
      'messages',
      'too_big',
      () => enqueue().append('s', Array(5).fill({ role: 'user', text: 'x' })),
    ],
    'a long text': ['memories.1.text', 'too_big', () => enqueue().add([{ text: 'x' }, { text: long }])],
    'a long text in a change': ['changes.text', 'too_big', () => enqueue().update('m', { text: long })],
    'long strings together': [
      'memories.0',
      'too_big',
      () => enqueue().add({ text: 'x'.repeat(32_768), tags: ['t'.repeat(2_300)] }),
    ],
    'metadata in metadata': [
      'memories.0.metadata',
      'too_deep',
      () => enqueue().add({ text: 'x', metadata: { a: { b: 1 } } }),
    ],
    'a list in metadata': [
      'changes.metadata',
      'too_deep',
      () => enqueue().update('m', { metadata: { a: [] } }),
    ],
    'a long string in metadata': [
      'memories.0.metadata',
      'too_big',
      () => enqueue().add({ text: 'x', metadata: { a: 'é'.repeat(251) } }),
    ],
    'nine values of metadata': [
      'memories.2.metadata',
      'too_big',
      () => enqueue().add(Array(3).fill({ text: 'x', metadata: { a: 1, b: 2, c: 3 } })),
    ],
    'a number that is none': [
      'memories.0.importance',
      'not_finite',
      () => enqueue().add({ text: 'x', importance: Number.NaN }),
    ],
    'an id that is none': ['id', 'invalid_id', () => enqueue().delete('a/b')],
    'a session that is none': [
      'session',
      'invalid_id',
      () => enqueue().append('a/b', [{ role: 'user', text: 'x' }]),
    ],
    'a space that is none': ['space', 'invalid_id', () => enqueue().delete('m', { space: 'a/b' })],
  };
  for (const [what, [path, code, attempt]] of Object.entries(refused)) {
    it(`refuses ${what} before anything is written`, () => {
      assert.throws(attempt, (error) => {
        assert.ok(error instanceof FirememoryError);
        assert.equal(error.code, 'invalid-argument');
        assert.deepEqual(error.issues, [{ path, code }]);
        return true;
      });
    });
  }

  it('takes what just fits, and says that a sign-in is missing where nobody is signed in', async () => {
    const command = enqueue().add(
      Array(4).fill({ text: 'x'.repeat(32_768), tags: ['a'], metadata: { a: 'x'.repeat(500) } }),
    );
    await assert.rejects(command.written, { code: 'unauthenticated', reason: 'not-signed-in' });
    await assert.rejects(command.outcome(), { code: 'unauthenticated', operation: 'memory.add' });
  });

  it('does not wait for an outcome once the signal is aborted', async () => {
    const command = enqueue().delete('m', { space: 's' });
    command.written.catch(() => undefined);
    await assert.rejects(command.outcome({ signal: AbortSignal.abort() }), {
      code: 'cancelled',
      reason: 'cancelled',
    });
  });
});

describe('the id of a command', () => {
  it('is an id that sorts behind those made before, though the clock stands still or goes back', () => {
    const ids = [1_000, 1_000, 999, 2_000, 1_500, 2_000].map((offset) => commandId(Date.now() + offset));
    assert.deepEqual([...ids].sort(), ids);
    for (const id of ids) assert.match(id, /^[0-9a-z]{33}$/);
    assert.equal(new Set(ids).size, ids.length);
  });
});
