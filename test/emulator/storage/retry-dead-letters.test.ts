import assert from 'node:assert/strict';
import { DEAD_LETTERS } from '../../../functions/src/config.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { countFailedAttempt } from '../../../functions/src/storage/dead-letters.ts';
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

  it('are left alone where they are damaged, as whoever mends them makes an event', async () => {
    const { letter } = await givenUp({ text: 42 }, 'data-loss');
    const before = await letter();
    assert.deepEqual(await retryDeadLetters(database(), embedder), { tried: 0, settled: 0 });
    assert.deepEqual(await letter(), before);
  });
});
