import assert from 'node:assert/strict';
import { StorageError } from '../../../functions/src/errors.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { differences } from '../../support/differences.ts';
import { everything, openTenant } from '../../support/jobs.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const WRITERS = 50;

/** Runs the same thing for all writers at once. */
function atOnce<T>(work: (writer: number) => Promise<T>): Promise<PromiseSettledResult<T>[]> {
  return Promise.allSettled(Array.from({ length: WRITERS }, (_, writer) => work(writer)));
}

describe('races', () => {
  it('[29] 50 concurrent adds with one key make one memory and give 50 equal answers', async () => {
    const { manager, tenantId } = openManager();
    const request = { memories: [{ text: 'once only' }], key: 'the key', dedupe: 'off' as const };
    const answers = await atOnce(() => manager.add('space', request, callBy('ann')));
    const paths = spaceOf(tenantId, 'space');
    const { docs } = await paths.memories.get();
    assert.equal(docs.length, 1);
    const heard = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason));
    const whole = { results: [{ id: docs[0]!.id, version: 1, outcome: 'created' }] };
    const each = heard.map(({ replayed: _, ...answer }) => answer);
    assert.deepEqual(each, new Array(WRITERS).fill(whole));
    const replayed = heard.map((answer) => answer.replayed ?? false);
    assert.deepEqual(replayed.toSorted(), [false, ...new Array(WRITERS - 1).fill(true)]);
    assert.equal((await paths.space.collection('receipts').get()).size, 1);
    assert.deepEqual(await differences(paths), []);
  });

  it('50 concurrent adds of one text without a key make one memory', async () => {
    const { manager, tenantId } = openManager();
    const answers = await atOnce((writer) =>
      manager.add(
        'space',
        { memories: [{ text: ` once${' '.repeat(writer + 1)}only ` }] },
        callBy(`u${writer}`),
      ),
    );
    const outcomes = answers.map((a) => (a.status === 'fulfilled' ? a.value.results[0]?.outcome : a.reason));
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1, String(outcomes));
    assert.equal(outcomes.filter((outcome) => outcome === 'duplicate').length, WRITERS - 1);
    assert.deepEqual(await differences(spaceOf(tenantId, 'space')), []);
  });

  it('[31] of 50 concurrent updates at one version one wins, and the others are aborted', async () => {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'start' }] }, callBy('ann'));
    const answers = await atOnce((writer) =>
      manager.update(
        'space',
        { id: 'm', changes: { importance: writer / 100 }, ifVersion: 1 },
        callBy('ann'),
      ),
    );
    const reasons = answers.map((answer) => {
      if (answer.status === 'fulfilled') return 'won';
      return answer.reason instanceof StorageError ? answer.reason.code : String(answer.reason);
    });
    assert.equal(reasons.filter((reason) => reason === 'won').length, 1, String(reasons));
    assert.equal(reasons.filter((reason) => reason === 'aborted').length, WRITERS - 1);
    const paths = spaceOf(tenantId, 'space');
    assert.equal((await manager.get('space', 'm', callBy('ann'))).version, 2);
    assert.equal((await paths.revisions('m').get()).size, 1);
    assert.deepEqual(await differences(paths), []);
  });

  it('50 concurrent updates of one memory all take effect, one after another', async () => {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'start' }] }, callBy('ann'));
    const answers = await atOnce((writer) =>
      manager.update('space', { id: 'm', changes: { importance: writer / 100 } }, callBy(`u${writer}`)),
    );
    const versions = answers.map((a) =>
      a.status === 'fulfilled' ? a.value.memory.version : String(a.reason),
    );
    assert.equal(new Set(versions).size, WRITERS, String(versions));
    const paths = spaceOf(tenantId, 'space');
    assert.equal((await manager.get('space', 'm', callBy('ann'))).version, WRITERS + 1);
    assert.equal((await paths.revisions('m').get()).size, WRITERS);
    assert.deepEqual(await differences(paths), []);
  });

  it('keeps the counters exact while many write different memories', async () => {
    const { manager, tenantId } = openManager();
    const answers = await atOnce(async (writer) => {
      const { results } = await manager.add(
        'space',
        { memories: [{ text: `note ${writer}` }] },
        callBy('ann'),
      );
      const [{ id } = { id: '' }] = results;
      if (writer % 2 === 0) await manager.delete('space', { id }, callBy('ann'));
    });
    assert.deepEqual(
      answers.filter(({ status }) => status === 'rejected'),
      [],
    );
    const paths = spaceOf(tenantId, 'space');
    assert.equal((await paths.memories.get()).size, WRITERS / 2);
    assert.deepEqual(await differences(paths), []);
  });

  it('[32] nothing is left of a space that is deleted while 50 add to it, retry and trigger', async () => {
    const { manager, spaces, paths, database, tenantId } = await openTenant();
    const elsewhere = await openTenant();
    await spaces.create({ id: 'team-b', name: 'Neighbour' }, callBy('ada'));
    const add = (space: string, n: number, on = manager) =>
      on.add(space, { memories: [{ id: `m${n}`, text: `note ${n}` }], key: `k${n}` }, callBy('ed'));
    for (const n of [1, 2, 3]) {
      await add('team-b', n);
      await add('team', n, elsewhere.manager);
    }
    const neighbours = [paths('team-b'), elsewhere.paths('team')];
    const before = await Promise.all(neighbours.map(everything));
    const oneIsIn = Promise.withResolvers<void>();
    const outcomes: string[] = [];
    const attempt = async (n: number) => {
      const outcome = await add('team', n).then(
        () => 'added',
        (error: unknown) => (error instanceof StorageError ? error.details.reason : String(error)),
      );
      outcomes.push(outcome);
      if (outcome === 'added') oneIsIn.resolve();
      const address = { tenantId, spaceId: 'team', memoryId: `m${n}` };
      await Promise.all([1, 2].map(() => reconcileMemory(database, embedder, address)));
    };
    const deletion = oneIsIn.promise.then(() => spaces.delete('team', {}, callBy('ada')));
    const writers = await atOnce(async (n) => {
      await attempt(n);
      await attempt(n);
    });
    assert.deepEqual(
      writers.filter(({ status }) => status === 'rejected'),
      [],
    );
    const answer = await deletion;
    assert.ok('deleted' in answer && answer.deleted > 0, JSON.stringify(answer));
    await attempt(WRITERS);
    assert.equal(outcomes.at(-1), 'permission-denied');
    assert.deepEqual([...new Set(outcomes)].sort(), ['added', 'permission-denied']);
    assert.deepEqual(await everything(paths('team')), []);
    assert.deepEqual(await Promise.all(neighbours.map(everything)), before);
    for (const each of neighbours) assert.deepEqual(await differences(each), []);
  });
});
