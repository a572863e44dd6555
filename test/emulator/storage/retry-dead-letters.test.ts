import assert from 'node:assert/strict';
import { DEAD_LETTERS } from '../../../functions/src/config.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { countFailedAttempt, deadLetters } from '../../../functions/src/storage/dead-letters.ts';
import { retryDeadLetters } from '../../../functions/src/storage/retry-dead-letters.ts';
import { isSettled } from '../../../functions/src/triggers/is-settled.ts';
import { differences } from '../../support/differences.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

/** A database of its own: all of its dead letters are those of this file. */
const DATABASE = 'letters-tests';

describe('memories with a dead letter', () => {
  const database = () => testDatabase(DATABASE);

  /** A memory whose event is given up, for this reason. */
  async function givenUp(memory: Record<string, unknown>, code: 'internal' | 'data-loss' = 'internal') {
    const { manager, tenantId } = openManager(undefined, DATABASE);
    const paths = spaceOf(tenantId, 'space', DATABASE);
    await paths.memory('m').set(memory);
    const failure = { event: 'event', now: Date.now(), code, reason: 'a-test' } as const;
    for (let n = 1; n <= DEAD_LETTERS.MAX_TRIES; n += 1) {
      await countFailedAttempt(database(), { tenantId, spaceId: 'space', memoryId: 'm' }, failure);
    }
    const letter = async () => (await paths.deadLetter('m').get()).data();
    assert.equal((await letter())?.dead, true);
    return { manager, paths, letter };
  }

  it('are tried again: what succeeds now is in order, and its letter is gone', async () => {
    const { paths, letter } = await givenUp({ text: 'not to be embedded' });
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 1 });
    assert.equal(await letter(), undefined);
    assert.deepEqual(await differences(paths), []);
  });

  it('lose it too where a callable has mended them, of which the trigger looks at nothing', async () => {
    const { manager, paths, letter } = await givenUp({ text: 'to be changed' });
    const before = await paths.memory('m').get();
    await manager.update('space', { id: 'm', changes: { text: 'changed' } }, callBy('ann'));
    assert.equal(isSettled({ before, after: await paths.memory('m').get() }), true);
    assert.equal((await letter())?.dead, true);
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 1 });
    assert.equal(await letter(), undefined);
    assert.deepEqual(await differences(paths), []);
  });

  it('are looked at where they were damaged: one that was mended without an event loses its letter', async () => {
    const { paths, letter } = await givenUp({ text: 42 }, 'data-loss');
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 0 });
    assert.equal((await letter())?.dead, true, 'it is damaged still');
    await paths.memory('m').set({ text: 'mended by hand' });
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 1 });
    assert.equal(await letter(), undefined);
    assert.deepEqual(await differences(paths), []);
  });

  it('lose it where they are gone, as when the event of their deletion was lost', async () => {
    const { paths, letter } = await givenUp({ text: 42 }, 'data-loss');
    await paths.memory('m').delete();
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 1 });
    assert.equal(await letter(), undefined);
  });
});

describe('memories with a letter whose event is not given up', () => {
  const database = () => testDatabase(DATABASE);

  /** A memory whose event failed once, so long ago. */
  async function failedOnce(memory: Record<string, unknown>, ago: number) {
    const { tenantId } = openManager(undefined, DATABASE);
    const paths = spaceOf(tenantId, 'space', DATABASE);
    await paths.memory('m').set(memory);
    const address = { tenantId, spaceId: 'space', memoryId: 'm' };
    const failure = { event: 'event', now: Date.now() - ago, code: 'internal', reason: 'a-test' } as const;
    assert.equal(await countFailedAttempt(database(), address, failure), false);
    const letter = async () => (await paths.deadLetter('m').get()).data();
    return { paths, letter };
  }

  it('are left to it for as long as it is delivered, and tried again once it is not', async () => {
    const young = await failedOnce({ text: 'young' }, DEAD_LETTERS.DELIVERY_MS - 60_000);
    const old = await failedOnce({ text: 'old' }, DEAD_LETTERS.DELIVERY_MS + 1);
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 1 });
    assert.deepEqual([(await young.letter())?.attempts, await old.letter()], [1, undefined]);
    assert.deepEqual(await differences(old.paths), []);
    await young.paths.deadLetter('m').delete();
  });

  it('are given up where that fails too, and told of and tried again from then on', async () => {
    const { letter } = await failedOnce({ text: 'to be embedded' }, DEAD_LETTERS.DELIVERY_MS + 1);
    const down: typeof embedder = {
      id: embedder.id,
      dimensions: embedder.dimensions,
      embed: () => Promise.reject(new Error('a fault that a test injected')),
    };
    const { count } = await deadLetters(database());
    assert.deepEqual(await retryDeadLetters(database(), down), { tried: 1, settled: 0 });
    assert.equal((await letter())?.dead, true);
    assert.equal((await deadLetters(database())).count, count + 1);
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 1, settled: 1 });
    assert.equal(await letter(), undefined);
  });
});
