import assert from 'node:assert/strict';
import { createFirememory, FirememoryError } from '../../../client/src/index.ts';
import { type CallableStub, startCallableStub } from './callable-stub.ts';

describe('onMemories', () => {
  let stub: CallableStub;
  before(async () => {
    stub = await startCallableStub();
  });
  after(() => stub.close());

  const nothing = () => assert.fail('should not have shown anything');

  for (const limit of [0, 101, 1.5, Number.NaN]) {
    it(`refuses a limit of ${limit}`, () => {
      assert.throws(() => stub.memory.onMemories({ space: 's', limit }, nothing), {
        name: 'FirememoryError',
        code: 'invalid-argument',
      });
    });
  }

  for (const space of ['', 'a/b', '..', '__all__', 's/memories/x']) {
    it(`refuses the space ${JSON.stringify(space)}, which is not one segment of a path`, () => {
      assert.throws(() => stub.memory.onMemories({ space }, nothing), { code: 'invalid-argument' });
    });
  }

  it('says that a sign-in is missing when no space is named and nobody is signed in', async () => {
    const error = await new Promise((resolve) => stub.memory.onMemories({}, nothing, resolve));
    assert.ok(error instanceof FirememoryError);
    assert.deepEqual(
      [error.code, error.reason, error.operation],
      ['unauthenticated', 'not-signed-in', 'onMemories'],
    );
  });

  it('stays silent when it is ended before it began', async () => {
    stub.memory.onMemories({}, nothing, nothing)();
    await new Promise((resolve) => stub.memory.onMemories({}, nothing, resolve));
  });
});

describe('createFirememory', () => {
  for (const tenant of ['', 'a/b', '.', '__x__', 7]) {
    it(`refuses the tenant ${JSON.stringify(tenant)}`, () => {
      const config = { tenant } as unknown as Parameters<typeof createFirememory>[0];
      assert.throws(() => createFirememory(config), { code: 'invalid-argument' });
    });
  }
});
