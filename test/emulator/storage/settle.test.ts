import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FieldValue } from '../../../functions/src/storage/database.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { settle } from '../../../tools/settle.ts';
import { differences } from '../../support/differences.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const embedderId = embedder.id;

/** The error that a call ends with. */
const refusal = (call: Promise<void>): Promise<Error> =>
  call.then(
    () => assert.fail('It settled.'),
    (error: Error) => error,
  );

describe('settling', () => {
  async function scene() {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'all is well', tags: ['t'] }] }, callBy('ann'));
    const paths = spaceOf(tenantId, 'space');
    const reconcile = (memoryId: string) =>
      reconcileMemory(testDatabase(), embedder, { tenantId, spaceId: 'space', memoryId });
    return { manager, paths, reconcile };
  }

  it('ends at once where all is derived, and in a space of nothing', async () => {
    const { paths } = await scene();
    await settle(paths, { deadlineMs: 20_000, embedderId });
    await settle(spaceOf('nobody', 'nothing'), { deadlineMs: 20_000, embedderId });
  });

  it('ends when the last memory has been reconciled, and not before', async () => {
    const { paths, reconcile } = await scene();
    const ids = ['n1', 'n2', 'n3'];
    await Promise.all(ids.map((id) => paths.memory(id).set({ text: `by hand ${id}` })));
    await paths.memory('m').delete();
    let begun = 0;
    const settled = settle(paths, { deadlineMs: 20_000, embedderId }).then(() => begun);
    for (const id of [...ids, 'm']) {
      begun += 1;
      await reconcile(id);
    }
    assert.equal(await settled, 4);
    assert.deepEqual(await differences(paths), []);
  });

  it('says at the deadline what is pending: an entry that is missing, stale, left over, damaged', async () => {
    const { manager, paths } = await scene();
    const memories = ['stale', 'gone', 'broken'].map((id) => ({ id, text: `memory ${id}` }));
    await manager.add('space', { memories }, callBy('ann'));
    await paths.memory('new').set({ text: 'by hand' });
    await paths.memory('stale').update({ text: 'changed by hand' });
    await paths.memory('gone').delete();
    await paths.entry('broken').update({ terms: 42 });
    const { message } = await refusal(settle(paths, { deadlineMs: 1_000, embedderId }));
    assert.match(message, /^Not settled within 1000 ms, 4 pending: /);
    const named = message
      .slice(message.indexOf('pending: ') + 9)
      .split('; ')
      .sort();
    assert.deepEqual(named, [
      'broken: entry damaged',
      'gone: entry left over',
      'new: entry missing',
      'stale: entry stale',
    ]);
  });

  it('does not end while the counters are wrong, or the entries are of another embedder', async () => {
    const { paths } = await scene();
    const other = await refusal(settle(paths, { deadlineMs: 1_000, embedderId: 'another' }));
    assert.match(other.message, /m: entry stale/);
    const [shard] = (await paths.stats.get()).docs.filter((doc) => doc.get('count') === 1);
    await shard!.ref.update({ count: 2 });
    const { message } = await refusal(settle(paths, { deadlineMs: 1_000, embedderId }));
    assert.match(message, /counters: 2 memories, 1 in the index/);
  });

  it('does not end while a memory lacks what the trigger will fill in, though its entry is right', async () => {
    const { paths, reconcile } = await scene();
    await paths.memory('bare').set({ text: 'by hand' });
    await reconcile('bare');
    await paths.memory('bare').update({ tags: FieldValue.delete() });
    const { message } = await refusal(settle(paths, { deadlineMs: 1_000, embedderId }));
    assert.match(message, /1 pending: bare: memory incomplete$/);
    await reconcile('bare');
    await settle(paths, { deadlineMs: 20_000, embedderId });
  });

  it('does not end while a damaged memory has no dead letter, or a sound one has one', async () => {
    const { paths, reconcile } = await scene();
    await paths.memory('damaged').set({ text: 42 });
    await paths.deadLetter('m').set({ dead: false });
    const { message } = await refusal(settle(paths, { deadlineMs: 1_000, embedderId }));
    assert.match(message, /2 pending: /);
    assert.match(message, /damaged: letter missing/);
    assert.match(message, /m: letter left over/);
    for (const id of ['m', 'damaged']) await reconcile(id);
    await settle(paths, { deadlineMs: 20_000, embedderId });
  });

  it('ends with the error of counters that cannot be read', async () => {
    const { paths } = await scene();
    await paths.stats.doc('0').set({ count: 'many' });
    const error = await refusal(settle(paths, { deadlineMs: 20_000, embedderId }));
    assert.equal(error.message, 'The counters of the space are damaged.');
  });

  it('ends with the reason of its signal', async () => {
    const { paths } = await scene();
    await paths.memory('new').set({ text: 'never reconciled' });
    const stop = new AbortController();
    const settled = refusal(settle(paths, { deadlineMs: 20_000, embedderId, signal: stop.signal }));
    stop.abort(new Error('enough'));
    assert.equal((await settled).message, 'enough');
  });
});
