import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { settle } from '../../../tools/settle.ts';
import { differences } from '../../support/differences.ts';
import { until } from '../../support/poll.ts';
import { callBy, freshId, SILENT, spaceOf, storedTotals, testDatabase } from '../../support/storage.ts';

/** The database in which the deployed trigger runs. */
const LIVE = '(default)';

describe('the trigger on memories', () => {
  const tenantId = freshId('trigger');
  const paths = () => spaceOf(tenantId, 'space', LIVE);
  const search = async (query: string) => {
    const config = { database: testDatabase(LIVE), tenantId, cursorSecret: 's'.repeat(43) };
    const manager = new FirestoreMemoryManager({ ...config, embedder, log: SILENT });
    const { results } = await manager.search(['space'], { query, mode: 'keyword' }, callBy('ann'));
    return results.map(({ memory }) => memory);
  };
  const settled = () => settle(paths(), { deadlineMs: 40_000, embedderId: embedder.id });

  it('makes a memory that the Admin SDK wrote searchable, counted and complete', async () => {
    await paths()
      .memory('by-hand')
      .set({ text: 'The zeppelin leaves at noon', tags: ['travel'] });
    const [memory] = await until('the memory is found', async () => {
      const found = await search('zeppelin');
      return found.length > 0 ? found : null;
    });
    assert.equal(memory?.id, 'by-hand');
    const stored = (await paths().memory('by-hand').get()).data();
    assert.deepEqual(
      [stored?.version, stored?.kind, stored?.expiresAt, stored?.importance],
      [1, 'fact', null, 0.5],
    );
    assert.equal(stored?.createdAt.toDate().toISOString(), memory?.createdAt);
    assert.deepEqual((await storedTotals(paths())).byTag, { travel: 1 });
    assert.deepEqual(await differences(paths()), []);
  });

  it('follows a change and a deletion by the Admin SDK', async () => {
    await paths().memory('changing').set({ text: 'The submarine dives', kind: 'event' });
    await until('it is found', async () => ((await search('submarine')).length > 0 ? true : null));
    await paths().memory('changing').update({ text: 'The glider lands', kind: 'note' });
    await until('its new text is found', async () => ((await search('glider')).length > 0 ? true : null));
    assert.deepEqual(await search('submarine'), []);
    await settled();
    assert.deepEqual((await storedTotals(paths())).byKind, { fact: 1, note: 1 });
    await paths().memory('changing').delete();
    await settled();
    assert.deepEqual(await search('glider'), []);
    assert.deepEqual((await storedTotals(paths())).byKind, { fact: 1 });
  });

  it('derives an entry again that was lost or damaged, as soon as its memory is touched', async () => {
    await paths().memory('repaired').set({ text: 'The tram is late' });
    await settled();
    await paths().entry('repaired').update({ terms: 'not a list', fingerprint: 'stale' });
    await paths().memory('repaired').update({ importance: 0.9 });
    await settled();
    assert.equal((await search('tram')).length, 1);
  });

  it('takes a document that is no memory out of the index, and lets the others be', async () => {
    await paths().memory('damaged').set({ text: 'The ferry sails' });
    await until('it is found', async () => ((await search('ferry')).length > 0 ? true : null));
    await paths().memory('damaged').update({ text: 42 });
    await settled();
    assert.equal((await paths().entry('damaged').get()).exists, false);
    assert.equal((await search('zeppelin')).length, 1);
    await paths().memory('damaged').delete();
    await settled();
  });
});
