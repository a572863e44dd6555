import assert from 'node:assert/strict';
import { statsShard } from '../../../functions/src/core/stats.ts';
import { beginCount, countOn, mendCounters } from '../../../functions/src/storage/count-space.ts';
import { differences } from '../../support/differences.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = () => callBy('ann');

/** A space of one memory whose counters are wrong, and what a count finds there. */
async function counted() {
  const { manager, tenantId } = openManager();
  const paths = spaceOf(tenantId, 's');
  const add = () => manager.add('s', { memories: [{ id: 'one', text: 'one' }] }, ann());
  await add();
  await paths.stats.doc(statsShard('one')).update({ count: 40 });
  const { counting } = await beginCount(paths);
  const part = await countOn(testDatabase(), paths, counting);
  assert.ok('wrong' in part);
  return { add, paths, wrong: part.wrong };
}

async function mendLater(wrong: Awaited<ReturnType<typeof counted>>['wrong']) {
  return testDatabase().runTransaction(async (transaction) => {
    const [first, ...others] = wrong.map(({ document }) => document.ref);
    const present = await transaction.getAll(first!, ...others);
    return mendCounters(transaction, wrong, present);
  });
}

describe('a count of the counters', () => {
  it('is not added to those of a space that was deleted and used again meanwhile', async () => {
    const { add, paths, wrong } = await counted();
    await testDatabase().recursiveDelete(paths.space);
    await add();
    assert.equal(await mendLater(wrong), false);
    assert.deepEqual(await differences(paths), []);
  });

  it('is added where it is still the same space, as a twin', async () => {
    const { paths, wrong } = await counted();
    assert.equal(await mendLater(wrong), true);
    assert.deepEqual(await differences(paths), []);
  });
});
