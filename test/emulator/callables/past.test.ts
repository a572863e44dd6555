import assert from 'node:assert/strict';
import { FirememoryError } from '../../../client/src/index.ts';
import { openWorld, type World } from '../../support/world.ts';

describe('what a memory was', () => {
  let world: World;
  before(async () => {
    world = await openWorld('past');
  });

  it('is told by memory-history and comes back by memory-restore, to whoever may', async () => {
    const { owner, viewer, tenant, shared: space } = world;
    const { memory } = owner.open(tenant);
    await memory.add({ id: 'm', text: 'The zebra sleeps standing.' }, { space });
    await memory.update('m', { text: 'The zebra lies down.' }, { space });
    await memory.delete('m', { space });
    const seen = await viewer.open(tenant).memory.history('m', { space });
    assert.deepEqual(
      seen.revisions.map(({ version, change }) => [version, change]),
      [
        [3, 'delete'],
        [2, 'update'],
        [1, 'create'],
      ],
    );
    const denied = viewer.open(tenant).memory.restore('m', 1, { space });
    await assert.rejects(denied, (e) => e instanceof FirememoryError && e.code === 'permission-denied');
    const restored = await memory.restore('m', 1, { space, ifVersion: 3 });
    assert.deepEqual([restored.memory.text, restored.memory.version], ['The zebra sleeps standing.', 4]);
  });

  it('is changed by the operations of a batch one after another, each on its own', async () => {
    const { memory } = world.owner.open(world.tenant);
    const { results } = await memory.batch([
      { op: 'add', memories: [{ id: 'b', text: 'The okapi hides.' }] },
      { op: 'get', id: 'b' },
      { op: 'get', id: 'nowhere' },
      { op: 'update', id: 'b', changes: { importance: 2 } },
      { op: 'search', query: 'okapi' },
      { op: 'get', id: 'b', space: world.stranger.uid },
    ]);
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : `${result.error.code} ${result.error.reason}`)),
      [
        'ok',
        'ok',
        'not-found memory-not-found',
        'invalid-argument invalid-request',
        'ok',
        'permission-denied permission-denied',
      ],
    );
    const [, read, , , found] = results;
    assert.ok(read?.ok && 'memory' in read.value && read.value.memory.text === 'The okapi hides.');
    assert.ok(found?.ok && 'results' in found.value && found.value.results.length === 1);
  });
});
