/** [28] An event that can never be taken ends in a dead letter, and keeps nobody else waiting. */
import assert from 'node:assert/strict';
import { DEAD_LETTERS } from '../../../functions/src/config.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { deadLetters } from '../../../functions/src/storage/dead-letters.ts';
import { operationsPaths, type SpacePaths } from '../../../functions/src/storage/paths.ts';
import { reconcileOnEvent } from '../../../functions/src/storage/reconcile-event.ts';
import { byHand } from '../../support/chaos/by-hand.ts';
import { deliver, deliverOnce } from '../../support/chaos/deliverer.ts';
import { openStage, type Stage } from '../../support/chaos/stage.ts';
import { differences } from '../../support/differences.ts';
import { freshId, spaceOf } from '../../support/storage.ts';

const DATABASE = 'chaos-letters';

const HOUR_MS = 60 * 60 * 1_000;

/** PERMISSION_DENIED: the SDK tries nothing again. */
const DENIED = 7;

/**
 * Such a memory is real: a document just below Firestore's limit of 1 MiB that lacks fields can never be completed.
 * The emulator has no such limit, so the link refuses what Firestore would refuse.
 */
const POISON = byHand({ text: 'a secret that no letter may tell' });
const POISONED = '/index/poison';

describe('[28] a poison event', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage(DATABASE, 'linked');
  });
  after(() => stage.close());
  beforeEach(() => {
    stage.link.failNext();
    stage.link.refuseAlways(POISONED);
  });

  const scene = () => {
    const tenantId = freshId('letters');
    const paths = spaceOf(tenantId, 'space', DATABASE);
    const captured = (count: number) => stage.source.captured(`tenants/${tenantId}/`, count);
    return { tenantId, paths, captured };
  };
  const letterOf = async (paths: SpacePaths, id: string) => (await paths.deadLetter(id).get()).data();
  const fails = (delivery: Promise<void>) => assert.rejects(delivery);

  it('ends with its last try in a letter that says why, and nothing of the memory', async () => {
    const { paths, captured } = scene();
    await paths.memory('poison').set(POISON);
    const [event] = await captured(1);
    const before = await deadLetters(stage.database);
    for (let n = 1; n < DEAD_LETTERS.MAX_TRIES; n += 1) await fails(deliverOnce(event!));
    const waiting = await letterOf(paths, 'poison');
    assert.deepEqual([waiting?.dead, waiting?.attempts], [false, DEAD_LETTERS.MAX_TRIES - 1]);
    await deliverOnce(event!);
    const letter = await letterOf(paths, 'poison');
    assert.deepEqual(
      [letter?.dead, letter?.attempts, letter?.code, letter?.reason],
      [true, DEAD_LETTERS.MAX_TRIES, 'internal', 'query-refused'],
    );
    assert.ok(letter?.firstAt.toMillis() <= letter?.lastAt.toMillis());
    assert.ok(!JSON.stringify(letter).includes('secret'));
    const after = await deadLetters(stage.database);
    assert.deepEqual(after, { count: before.count + 1, isAll: true });
  });

  it('tells how late it is while it fails', async () => {
    const { paths, captured } = scene();
    await paths.memory('poison').set(POISON);
    const [event] = await captured(1);
    const time = new Date(Date.now() - HOUR_MS).toISOString();
    await assert.rejects(deliverOnce({ ...event!, attributes: { ...event!.attributes, time } }));
    const { lag } = operationsPaths(stage.database);
    assert.ok((await lag.get()).get('lagMs') >= HOUR_MS);
  });

  it('does not keep others waiting, of the same space either', async () => {
    const { paths, captured } = scene();
    await paths.memory('poison').set(POISON);
    const ids = Array.from({ length: 10 }, (_, n) => `m-${n}`);
    await Promise.all(ids.map((id) => paths.memory(id).set(byHand({ text: 'sound', tags: ['x'] }))));
    const tries = await Promise.all((await captured(11)).map((event) => deliver(event)));
    assert.ok(Math.max(...tries) <= DEAD_LETTERS.MAX_TRIES, tries.join());
    assert.equal((await letterOf(paths, 'poison'))?.dead, true);
    assert.equal((await paths.index.get()).size, ids.length);
    await paths.memory('poison').delete();
    await deliver((await captured(12)).at(-1)!);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('of a damaged memory ends at once; the letter goes when the memory is mended or deleted', async () => {
    const { paths, captured } = scene();
    for (const id of ['mended', 'deleted']) await paths.memory(id).set({ text: 42 });
    for (const event of await captured(2)) await deliverOnce(event);
    for (const id of ['mended', 'deleted']) {
      const { dead, attempts, code, reason } = (await letterOf(paths, id)) ?? {};
      assert.deepEqual([dead, attempts, code, reason], [true, 1, 'data-loss', 'damaged-document']);
    }
    assert.deepEqual(await differences(paths, { exact: true }), []);
    await paths.memory('mended').set(byHand({ text: 'forty-two' }));
    await paths.memory('deleted').delete();
    for (const event of (await captured(4)).slice(2)) await deliverOnce(event);
    for (const id of ['mended', 'deleted']) assert.equal(await letterOf(paths, id), undefined);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('is no event that succeeds after all: its letter goes', async () => {
    const { paths, captured } = scene();
    await paths.memory('m').set(byHand({ text: 'sound' }));
    const [event] = await captured(1);
    for (const n of [1, 2]) {
      stage.link.failNext({ when: 'before', status: DENIED });
      await assert.rejects(deliverOnce(event!), { code: 'internal' });
      assert.deepEqual((await letterOf(paths, 'm'))?.attempts, n);
    }
    await deliverOnce(event!);
    assert.equal(await letterOf(paths, 'm'), undefined);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('is delivered again for as long as not even its letter can be written', async () => {
    const { paths, captured } = scene();
    await paths.memory('m').set(byHand({ text: 'sound' }));
    const [event] = await captured(1);
    for (let n = 0; n < DEAD_LETTERS.MAX_TRIES + 2; n += 1) {
      stage.link.failNext({ when: 'before', status: DENIED }, { when: 'before', status: DENIED });
      await assert.rejects(deliverOnce(event!), AggregateError);
    }
    stage.link.failNext();
    assert.equal(await letterOf(paths, 'm'), undefined);
    await deliverOnce(event!);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('ends too where no attempt does: each is given up in time, and counts as one that failed', async () => {
    const { paths, tenantId } = scene();
    await paths.memory('m').set(byHand({ text: 'sound' }));
    const endless: Embedder = {
      id: embedder.id,
      dimensions: embedder.dimensions,
      embed: () => new Promise<never>(() => undefined),
    };
    const address = { tenantId, spaceId: 'space', memoryId: 'm' };
    const attempt = () => reconcileOnEvent(stage.database, endless, address, 'an event', { lastsMs: 200 });
    for (let n = 1; n < DEAD_LETTERS.MAX_TRIES; n += 1) {
      await assert.rejects(attempt(), { code: 'deadline-exceeded' });
      assert.equal((await letterOf(paths, 'm'))?.attempts, n);
    }
    await attempt();
    const letter = await letterOf(paths, 'm');
    assert.deepEqual([letter?.dead, letter?.reason], [true, 'deadline']);
  });

  it('leaves no letter of a memory of which nothing is left', async () => {
    const { paths, captured } = scene();
    await paths.memory('m').set({ text: 42 });
    const [creation] = await captured(1);
    await deliverOnce(creation!);
    await paths.memory('m').delete();
    stage.link.failNext({ when: 'before', status: DENIED });
    await fails(deliverOnce((await captured(2))[1]!));
    assert.equal((await letterOf(paths, 'm'))?.attempts, 1);
    await deliverOnce((await captured(2))[1]!);
    assert.equal(await letterOf(paths, 'm'), undefined);
  });
});
