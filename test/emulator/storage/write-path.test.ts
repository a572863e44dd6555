import assert from 'node:assert/strict';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, freshId, openManager, spaceOf, storedTotals } from '../../support/storage.ts';

describe('one transaction for each mutation', () => {
  it('stores memory, index entry and counters together when it adds', async () => {
    const { manager, tenantId } = openManager();
    const { results } = await manager.add(
      'space',
      {
        memories: [
          { text: 'Rex is a dog', tags: ['pet', '__reserved__'] },
          { text: 'Ünï', kind: 'note' },
        ],
      },
      callBy('ann'),
    );
    const paths = spaceOf(tenantId, 'space');
    assert.deepEqual(
      results.map(({ outcome, version }) => [outcome, version]),
      [
        ['created', 1],
        ['created', 1],
      ],
    );
    assert.deepEqual(await differences(paths), []);
    assert.deepEqual(await storedTotals(paths), {
      count: 2,
      bytes: 'Rex is a dog'.length + 5 + 2 * '{}'.length,
      byKind: { fact: 1, note: 1 },
      byTag: { __reserved__: 1, pet: 1 },
    });
    assert.equal((await paths.revisions(results[0]!.id).get()).size, 0, 'nothing is stored twice');
  });

  it('keeps what a memory was as a revision when it changes, and counts it as what it is', async () => {
    const { manager, tenantId } = openManager();
    const { results } = await manager.add(
      'space',
      { memories: [{ text: 'Rex', tags: ['pet'] }] },
      callBy('ann'),
    );
    const { id } = results[0]!;
    const { memory } = await manager.update(
      'space',
      { id, changes: { text: 'Rexy', tags: ['dog'], kind: 'note' }, ifVersion: 1 },
      callBy('ben'),
    );
    assert.equal(memory.version, 2);
    assert.equal(memory.createdBy, 'ann');
    const paths = spaceOf(tenantId, 'space');
    const revision = (await paths.revision(id, 1).get()).data();
    assert.deepEqual([revision?.change, revision?.by, revision?.memory.text], ['create', 'ann', 'Rex']);
    assert.deepEqual(await differences(paths), []);
    assert.deepEqual((await storedTotals(paths)).byTag, { dog: 1 });
  });

  it('deletes memory and index entry together, and keeps the history', async () => {
    const { manager, tenantId } = openManager();
    const { results } = await manager.add('space', { memories: [{ text: 'Rex' }] }, callBy('ann'));
    const { id } = results[0]!;
    assert.deepEqual(await manager.delete('space', { id }, callBy('ann')), { id, version: 2 });
    const paths = spaceOf(tenantId, 'space');
    const revisions = await paths.revisions(id).orderBy('version').get();
    assert.deepEqual(
      revisions.docs.map((revision) => revision.get('change')),
      ['create', 'delete'],
    );
    assert.equal((await paths.entry(id).get()).exists, false);
    assert.deepEqual(await storedTotals(paths), { count: 0, bytes: 0, byKind: {}, byTag: {} });
    await assert.rejects(manager.get('space', id, callBy('ann')), failsWith('not-found', 'memory-not-found'));
  });

  it('goes on with the versions of a deleted memory whose id is used again', async () => {
    const { manager, tenantId } = openManager();
    const memories = [{ id: 'mine', text: 'first' }];
    await manager.add('space', { memories }, callBy('ann'));
    await manager.delete('space', { id: 'mine' }, callBy('ann'));
    const { results } = await manager.add('space', { memories }, callBy('ann'));
    assert.deepEqual(results, [{ id: 'mine', version: 3, outcome: 'created' }]);
    assert.deepEqual(await differences(spaceOf(tenantId, 'space')), []);
  });

  it('writes nothing at all when one memory of an add cannot be stored', async () => {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'taken', text: 'first' }] }, callBy('ann'));
    await assert.rejects(
      manager.add('space', { memories: [{ text: 'other' }, { id: 'taken', text: 'second' }] }, callBy('ann')),
      failsWith('already-exists', 'id-taken'),
    );
    const paths = spaceOf(tenantId, 'space');
    assert.equal((await storedTotals(paths)).count, 1);
    assert.equal((await manager.get('space', 'taken', callBy('ann'))).text, 'first');
  });

  it('stores a hundred memories in one commit', async () => {
    const { manager, tenantId } = openManager();
    const memories = Array.from({ length: 100 }, (_, n) => ({
      text: `Note number ${n}`,
      tags: [`t${n % 7}`],
    }));
    const { results } = await manager.add('space', { memories }, callBy('ann'));
    assert.equal(new Set(results.map(({ id }) => id)).size, 100);
    assert.deepEqual(await differences(spaceOf(tenantId, 'space')), []);
  });

  it('treats an expired memory as gone: absent, no duplicate, its id free again', async () => {
    const { manager, tenantId } = openManager();
    const memories = [{ id: 'brief', text: 'for a moment', ttlSeconds: 60 }];
    await manager.add('space', { memories }, callBy('ann'));
    const later = { now: Date.now() + 60_001 };
    await assert.rejects(
      manager.get('space', 'brief', callBy('ann', later)),
      failsWith('not-found', 'memory-not-found'),
    );
    for (const mode of ['hybrid', 'keyword', 'semantic'] as const) {
      const found = await manager.search(['space'], { query: 'moment', mode }, callBy('ann', later));
      assert.deepEqual(found.results, []);
    }
    assert.deepEqual((await manager.list('space', {}, callBy('ann', later))).memories, []);
    const again = await manager.add('space', { memories }, callBy('ann', later));
    assert.deepEqual(again.results, [{ id: 'brief', version: 2, outcome: 'created' }]);
    assert.deepEqual(await differences(spaceOf(tenantId, 'space')), []);
  });

  it('keeps a memory out of the other spaces and tenants, also those whose ids begin alike', async () => {
    const tenant = freshId('a');
    const { manager } = openManager(tenant);
    const { manager: neighbour } = openManager(`${tenant}b`);
    await manager.add('space', { memories: [{ id: 'm', text: 'secret of the tenant' }] }, callBy('ann'));
    await assert.rejects(manager.get('spac', 'm', callBy('ann')), failsWith('not-found', 'memory-not-found'));
    await assert.rejects(
      neighbour.get('space', 'm', callBy('ann')),
      failsWith('not-found', 'memory-not-found'),
    );
    assert.deepEqual((await neighbour.search(['space'], { query: 'secret' }, callBy('ann'))).results, []);
    assert.equal((await manager.search(['space'], { query: 'secret' }, callBy('ann'))).results.length, 1);
  });
});
