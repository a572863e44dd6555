import assert from 'node:assert/strict';
import { onMemoryWritten } from '../../../functions/src/triggers/on-memory-written.ts';
import { differences } from '../../support/differences.ts';
import { Change, cleanup, wrap } from '../../support/functions-test.ts';
import { freshId, spaceOf } from '../../support/storage.ts';

describe('the handler of the trigger, as firebase-functions calls it', () => {
  after(cleanup);

  const deliver = wrap(onMemoryWritten);

  it('believes the database, not the data of an event that comes late', async () => {
    const params = { tenantId: freshId('wrapped'), spaceId: 'space', memoryId: 'm' };
    const paths = spaceOf(params.tenantId, 'space', '(default)');
    await paths.memory('m').set({ text: 'the first text' });
    const stale = await paths.memory('m').get();
    await paths.memory('m').set({ text: 'the second text, longer', tags: ['new'] });
    await deliver({ params, data: new Change(stale, stale) });
    assert.deepEqual((await paths.entry('m').get()).get('tags'), ['new']);
    await paths.memory('m').delete();
    await deliver({ params, data: new Change(stale, stale) });
    assert.equal((await paths.entry('m').get()).exists, false);
    assert.deepEqual(await differences(paths), []);
  });

  it('ignores an event of a memory whose id no operation could name', async () => {
    const params = { tenantId: freshId('wrapped'), spaceId: 'space', memoryId: 'not.an.id' };
    const paths = spaceOf(params.tenantId, 'space', '(default)');
    const missing = await paths.memory('m').get();
    await deliver({ params, data: new Change(missing, missing) });
    assert.deepEqual(await differences(paths), []);
  });
});
