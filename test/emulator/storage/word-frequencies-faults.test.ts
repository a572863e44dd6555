import assert from 'node:assert/strict';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const DATABASE = 'word-frequencies-faults';
const ann = () => callBy('ann');

describe('a search that cannot store how often words occur', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  it('answers as if it had', async () => {
    const [one, other] = [openManager(undefined, DATABASE), openManager(undefined, DATABASE)];
    const memories = [{ text: 'black tea' }, { text: 'green tea' }, { text: 'a green car' }];
    for (const { manager } of [one, other]) await manager.add('s', { memories }, ann());
    const scores = async ({ manager }: typeof one) => {
      const { results } = await manager.search(['s'], { query: 'green tea' }, ann());
      return results.map(({ memory, score }) => [memory.text, score]);
    };
    const stored = await scores(one);
    assert.equal(stored.length, 3);
    link.refuseAlways('frequencies/words');
    assert.deepEqual(await scores(other), stored);
    const { words } = spaceOf(other.tenantId, 's', DATABASE);
    assert.equal((await words.get()).exists, false);
    link.refuseAlways(null);
    assert.equal((await spaceOf(one.tenantId, 's', DATABASE).words.get()).exists, true);
  });
});
