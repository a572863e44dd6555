import assert from 'node:assert/strict';
import type { MemorySearchResponse } from '../../../functions/src/contract/types.ts';
import { NO_EMBEDDER } from '../../../functions/src/core/index-plan.ts';
import { ConnectionError, OperationError } from '../../../functions/src/errors.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { embedder as local } from '../../../functions/src/search/instance-embedder.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { readStats } from '../../../functions/src/storage/stats-shards.ts';
import { isSettled } from '../../../functions/src/triggers/is-settled.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = () => callBy('ann');
const unavailable = failsWith('unavailable', 'embedder-unavailable');
const ids = ({ results }: MemorySearchResponse) => results.map(({ memory }) => memory.id);

const down = () => new ConnectionError('unavailable', 'It is down.', { reason: 'embedder-unavailable' });

/** The local embedder, as a service that can be down. */
function service() {
  const state = { isDown: false };
  const embedder: Embedder = {
    id: local.id,
    dimensions: local.dimensions,
    embed: (texts, signal) => (state.isDown ? Promise.reject(down()) : local.embed(texts, signal)),
  };
  return { state, embedder };
}

/** Another model, to which all texts mean the same, and that what "peanuts" means to the local one. */
const otherModel: Embedder = {
  id: 'other-model',
  dimensions: local.dimensions,
  embed: async (texts) => {
    const vectors = await local.embed(['peanuts']);
    return texts.flatMap(() => vectors);
  },
};

describe('a memory that cannot be embedded', () => {
  const scene = () => {
    const { state, embedder } = service();
    const { manager, tenantId } = openManager(undefined, undefined, embedder);
    const paths = spaceOf(tenantId, 'space');
    const reconcile = (memoryId: string) =>
      reconcileMemory(testDatabase(), embedder, { tenantId, spaceId: 'space', memoryId });
    return { state, embedder, manager, paths, reconcile };
  };

  it('is stored, counted and found by its words at once, and by its meaning once it could be embedded', async () => {
    const { state, embedder, manager, paths, reconcile } = scene();
    state.isDown = true;
    const memories = [{ id: 'dog', text: 'We adopted a puppy called Rex.', tags: ['pet'] }];
    await manager.add('space', { memories }, ann());
    const found = (query: string, mode: 'hybrid' | 'keyword' | 'semantic') =>
      manager.search(['space'], { query, mode }, ann()).then(ids);
    assert.deepEqual(await found('puppy', 'keyword'), ['dog']);
    assert.deepEqual(await found('puppy', 'hybrid'), ['dog']);
    assert.equal((await readStats(paths)).unembedded, 1);
    assert.equal((await readStats(paths)).count, 1);
    await assert.rejects(reconcile('dog'), unavailable);
    state.isDown = false;
    const unembedded = await manager.search(['space'], { query: 'a young hound', mode: 'semantic' }, ann());
    assert.deepEqual(unembedded, { results: [], notices: ['not-embedded'] });
    await reconcile('dog');
    assert.deepEqual(await found('a young hound', 'semantic'), ['dog']);
    assert.equal((await readStats(paths)).unembedded, undefined);
    assert.equal((await readStats(paths)).count, 1);
    assert.deepEqual(await differences(paths, { embedder }), []);
  });

  it('is in the context of a session by its words, which says that there may be more', async () => {
    const { state, manager } = scene();
    state.isDown = true;
    await manager.add('space', { memories: [{ text: 'We adopted a puppy called Rex.' }] }, ann());
    const context = () => manager.context('space', { session: 'none', query: 'puppy' }, ann());
    const { relevant, notices } = await context();
    assert.deepEqual([relevant.length, notices], [1, ['embedder-unavailable']]);
    state.isDown = false;
    assert.equal((await context()).notices, undefined);
  });

  it('is found by its words too when it was written by hand, before the event is given back', async () => {
    const { state, manager, paths, reconcile } = scene();
    state.isDown = true;
    await paths.memory('m').set({ text: 'The boiler said E4711.' });
    await assert.rejects(reconcile('m'), unavailable);
    assert.deepEqual(ids(await manager.search(['space'], { query: 'E4711', mode: 'keyword' }, ann())), ['m']);
    const { updateTime } = await paths.entry('m').get();
    await assert.rejects(reconcile('m'), unavailable);
    assert.deepEqual((await paths.entry('m').get()).updateTime, updateTime);
  });

  it('keeps its vector when something else of it changes, and loses it with the text that it was made of', async () => {
    const { state, manager, paths, reconcile } = scene();
    await manager.add('space', { memories: [{ id: 'm', text: 'I eat peanuts' }] }, ann());
    state.isDown = true;
    await manager.update('space', { id: 'm', changes: { tags: ['food'] } }, ann());
    assert.equal((await paths.entry('m').get()).get('embedder'), local.id);
    await manager.update('space', { id: 'm', changes: { text: 'I drive a tractor' } }, ann());
    assert.equal((await paths.entry('m').get()).get('embedder'), NO_EMBEDDER);
    state.isDown = false;
    const search = (query: string) => manager.search(['space'], { query, mode: 'semantic' }, ann());
    const changed = await search('peanuts');
    assert.deepEqual([ids(changed), changed.notices], [[], ['not-embedded']]);
    await reconcile('m');
    assert.deepEqual(ids(await search('farm vehicle')), ['m']);
  });

  it('asks for its event to be worked on, which a change that was embedded does not', async () => {
    const { state, manager, paths } = scene();
    await manager.add('space', { memories: [{ id: 'm', text: 'one' }] }, ann());
    const change = async (text: string) => {
      const before = await paths.memory('m').get();
      await manager.update('space', { id: 'm', changes: { text } }, ann());
      return { before, after: await paths.memory('m').get() };
    };
    assert.equal(isSettled(await change('two')), true);
    state.isDown = true;
    assert.equal(isSettled(await change('three')), false);
  });

  it('does not keep a search from answering by words, which says so; by meaning alone it is refused', async () => {
    const { state, manager } = scene();
    await manager.add('space', { memories: [{ id: 'm', text: 'I eat peanuts' }] }, ann());
    const search = (mode: 'hybrid' | 'keyword' | 'semantic') =>
      manager.search(['space'], { query: 'peanuts', mode }, ann());
    assert.equal((await search('hybrid')).notices, undefined);
    state.isDown = true;
    const answer = await search('hybrid');
    assert.deepEqual([ids(answer), answer.notices], [['m'], ['embedder-unavailable']]);
    assert.equal((await search('keyword')).notices, undefined);
    await assert.rejects(search('semantic'), unavailable);
  });

  it('keeps the letter that counts its attempts, and loses it once it could be embedded', async () => {
    const { state, manager, paths, reconcile } = scene();
    state.isDown = true;
    await manager.add('space', { memories: [{ id: 'm', text: 'one' }] }, ann());
    await paths.deadLetter('m').set({ attempts: 3 });
    await assert.rejects(reconcile('m'), unavailable);
    assert.equal((await paths.deadLetter('m').get()).get('attempts'), 3);
    state.isDown = false;
    await reconcile('m');
    assert.equal((await paths.deadLetter('m').get()).exists, false);
  });

  it('is not stored by a caller who no longer waits', async () => {
    const { manager, paths } = scene();
    const controller = new AbortController();
    controller.abort();
    const call = callBy('ann', { signal: controller.signal });
    await assert.rejects(manager.add('space', { memories: [{ id: 'm', text: 'late' }] }, call));
    assert.equal((await paths.memory('m').get()).exists, false);
  });
});

describe('an embedder whose parameters are wrong', () => {
  const misconfigured = failsWith('internal', 'invalid-configuration');
  const refuse = (): never => {
    throw new OperationError('internal', 'Wrong.', { reason: 'invalid-configuration' });
  };
  const broken: Embedder = {
    get id() {
      return refuse();
    },
    dimensions: local.dimensions,
    embed: async () => refuse(),
  };

  it('keeps nobody from what needs no embedding, and stores nothing without one', async () => {
    const right = openManager();
    const { manager } = openManager(right.tenantId, undefined, broken);
    await right.manager.add('space', { memories: [{ id: 'm', text: 'A red tractor' }] }, ann());
    assert.equal((await manager.get('space', 'm', ann())).text, 'A red tractor');
    assert.equal((await manager.list('space', {}, ann())).memories.length, 1);
    assert.equal((await manager.history('space', { id: 'm' }, ann())).revisions.length, 1);
    await assert.rejects(
      manager.add('space', { memories: [{ id: 'n', text: 'New' }] }, ann()),
      misconfigured,
    );
    await assert.rejects(manager.search(['space'], { query: 'tractor' }, ann()), misconfigured);
    assert.equal((await manager.delete('space', { id: 'm' }, ann())).id, 'm');
    assert.equal((await manager.list('space', {}, ann())).memories.length, 0);
  });
});

describe('a space with entries of two embedders', () => {
  it('is searched on, each entry by what can be compared: words always, vectors of one model only', async () => {
    const old = openManager(undefined, undefined, otherModel);
    const { manager } = openManager(old.tenantId);
    const inOld = ['The tractor is red', 'The boiler said E4711', 'Nuts are unhealthy for me'];
    const inNew = ['I must not eat peanuts', 'My sister lives in Bergen'];
    await old.manager.add('space', { memories: inOld.map((text, n) => ({ id: `old${n}`, text })) }, ann());
    await manager.add('space', { memories: inNew.map((text, n) => ({ id: `new${n}`, text })) }, ann());
    const search = (query: string, mode: 'hybrid' | 'keyword' | 'semantic') =>
      manager.search(['space'], { query, mode, explain: true }, ann());
    const semantic = await search('peanuts', 'semantic');
    assert.deepEqual([ids(semantic).sort(), semantic.notices], [['new0', 'new1'], ['not-embedded']]);
    const hybrid = await search('peanuts and the boiler', 'hybrid');
    assert.deepEqual(ids(hybrid).slice(0, 2).sort(), ['new0', 'old1']);
    for (const { memory, parts } of hybrid.results) {
      if (memory.id.startsWith('old')) assert.equal(parts?.semantic, 0);
    }
    assert.deepEqual(ids(await search('boiler tractor', 'keyword')).sort(), ['old0', 'old1']);
  });
});

describe('a search that looked at as many memories as it may', () => {
  it('says so where fewer than asked for passed, and only there', async () => {
    const { manager } = openManager(undefined, undefined, otherModel);
    for (let n = 0; n < 11; n += 1) {
      const memories = Array.from({ length: 100 }, (_, k) => ({ text: `I had coffee, cup ${n} ${k}` }));
      await manager.add('space', { memories }, ann());
    }
    const odd = { id: 'odd', text: 'The tractor is red', metadata: { wanted: true } };
    await manager.add('space', { memories: [odd] }, ann());
    const search = (request: { query: string; filter?: { 'metadata.wanted': boolean } }) =>
      manager.search(['space'], { ...request, limit: 2 }, ann());
    const wanted = { 'metadata.wanted': true };
    const far = await search({ query: 'a cup of coffee', filter: wanted });
    assert.deepEqual([ids(far), far.notices], [[], ['candidate-bound']]);
    const near = await search({ query: 'tractor', filter: wanted });
    assert.deepEqual([ids(near), near.notices], [['odd'], ['candidate-bound']]);
    assert.equal((await search({ query: 'a cup of coffee' })).notices, undefined);
  });
});
