/** Adds that take more than one commit: all of it or nothing, whatever fails and whoever looks meanwhile. */
import assert from 'node:assert/strict';
import { LIMITS } from '../../../functions/src/config.ts';
import type { MemoryInput } from '../../../functions/src/contract/types.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink, unanswered } from '../../support/faulty-link.ts';
import { callBy, freshId, SILENT, spaceOf, storedTotals, testDatabase } from '../../support/storage.ts';

const DATABASE = 'large-adds';
const PERMISSION_DENIED = 7;
const INTERNAL = 13;
const MANY = 100;

/** Makes vectors of the length of a text at once; named as the usual one, so that what is stored compares. */
const fastEmbedder: Embedder = {
  id: embedder.id,
  dimensions: embedder.dimensions,
  embed: async (texts) =>
    texts.map((text) => {
      const vector = new Array<number>(embedder.dimensions).fill(0);
      vector[text.length % embedder.dimensions] = 1;
      return vector;
    }),
};

/** The longest text, which begins with its own word. */
const longText = (n: number) => `w${n}q `.padEnd(LIMITS.MAX_TEXT_BYTES, 'lorem ipsum dolor sit amet ');
const many = (more: (n: number) => Partial<MemoryInput> = () => ({})): MemoryInput[] =>
  Array.from({ length: MANY }, (_, n) => ({ text: longText(n), metadata: { n }, ...more(n) }));

describe('an add of 100 memories of 32 KiB', () => {
  let link: FaultyLink;

  before(async () => {
    link = await openFaultyLink(DATABASE);
  });

  after(() => link.close());

  const open = () => {
    const tenantId = freshId('tenant');
    const config = { database: testDatabase(DATABASE), tenantId, cursorSecret: 's'.repeat(43) };
    const manager = new FirestoreMemoryManager({ ...config, embedder: fastEmbedder, log: SILENT });
    const add = (request: object = {}, call: CallContext = callBy('ann')) =>
      manager.add('s', { memories: many(), dedupe: 'off', ...request }, call);
    return { manager, tenantId, add, paths: spaceOf(tenantId, 's', DATABASE) };
  };

  type Scene = ReturnType<typeof open>;

  const listed = async ({ manager }: Scene) =>
    (await manager.list('s', { limit: 100 }, callBy('ann'))).memories;

  const found = async ({ manager }: Scene) =>
    (await manager.search(['s'], { query: 'lorem', mode: 'keyword', limit: 100 }, callBy('ann'))).results;

  const assertNothing = async (scene: Scene, label: string) => {
    assert.deepEqual(await listed(scene), [], label);
    assert.deepEqual(await found(scene), [], label);
    assert.equal((await storedTotals(scene.paths)).count, 0, label);
  };

  /** That all are there; what is derived of them is recomputed, which takes seconds, only once for each way. */
  const assertAll = async (scene: Scene, label: string) => {
    await assertShown(scene, label);
    assert.deepEqual(await differences(scene.paths, { embedder: fastEmbedder }), [], label);
  };

  const assertShown = async (scene: Scene, label: string) => {
    assert.equal((await listed(scene)).length, MANY, label);
    assert.equal((await storedTotals(scene.paths)).count, MANY, label);
    const left = (await scene.paths.index.get()).docs.filter((entry) => entry.get('staged') !== undefined);
    assert.deepEqual(
      left.map(({ id }) => id),
      [],
      label,
    );
  };

  it('stores all of them, none of its commits above 3.5 MiB, and each is found by its own word', async () => {
    const scene = open();
    link.failNext();
    const { results } = await scene.add();
    assert.ok(link.commits >= 3, `${link.commits} commits`);
    assert.ok(link.largestCommit > 1024 * 1024 && link.largestCommit <= LIMITS.MAX_COMMIT_BYTES);
    await assertAll(scene, 'added');
    for (const n of [0, 57, 99]) {
      const query = { query: `w${n}q`, mode: 'keyword' as const, limit: 1 };
      const [best] = (await scene.manager.search(['s'], query, callBy('ann'))).results;
      assert.deepEqual([best?.memory.id, best?.memory.metadata], [results[n]?.id, { n }]);
    }
  });

  it('leaves nothing when one of its commits fails for good, and can then be done', async () => {
    const { commits } = await (async () => {
      link.failNext();
      await open().add();
      return { commits: link.commits };
    })();
    for (const failing of [0, commits - 1]) {
      const scene = open();
      link.failNext(...new Array<null>(failing).fill(null), { when: 'before', status: PERMISSION_DENIED });
      await assert.rejects(scene.add({ key: 'k' }), failsWith('internal', 'service-account-denied'));
      await assertNothing(scene, `commit ${failing}`);
      assert.equal((await scene.paths.memories.get()).size, 0, 'nothing is left over');
      await scene.add({ key: 'k' });
      await assertShown(scene, `after commit ${failing}`);
    }
  });

  it('leaves nothing that anybody sees when it cannot even clean up, and that goes later', async () => {
    const scene = open();
    const fault = { when: 'before', status: PERMISSION_DENIED } as const;
    link.failNext(null, fault, fault);
    await assert.rejects(scene.add(), failsWith('internal', 'service-account-denied'));
    link.failNext();
    const left = (await scene.paths.memories.get()).docs;
    assert.ok(left.length > 0);
    await assertNothing(scene, 'left over');
    const memoryId = left[0]!.id;
    const reconcile = () =>
      reconcileMemory(testDatabase(DATABASE), fastEmbedder, {
        tenantId: scene.tenantId,
        spaceId: 's',
        memoryId,
      });
    await reconcile();
    assert.equal((await scene.paths.entry(memoryId).get()).exists, true, 'somebody may be about to use it');
    const long = new Date(Date.now() - 3_600_001);
    await scene.paths.memory(memoryId).update({ 'staged.at': long });
    await reconcile();
    assert.equal((await scene.paths.memory(memoryId).get()).exists, false);
    assert.equal((await scene.paths.entry(memoryId).get()).exists, false);
    await assertNothing(scene, 'cleaned');
  });

  it('is done once when the answer to any of its commits is lost, with and without a key', async () => {
    const trials = [
      [{}, 1],
      [{ key: 'k' }, 0],
      [{ key: 'k' }, 2],
    ] as const;
    for (const [keyed, lost] of trials) {
      const scene = open();
      link.failNext(...new Array<null>(lost).fill(null), { when: 'after', status: INTERNAL });
      const first = await scene.add(keyed).catch((error: unknown) => error);
      link.failNext();
      if (first instanceof Error) await assertNothing(scene, `lost ${lost}`);
      else if (!('key' in keyed)) await assertAll(scene, `lost ${lost}`);
      if (!('key' in keyed)) continue;
      const again = await scene.add(keyed);
      await assertShown(scene, `repeated ${lost}`);
      if (!(first instanceof Error)) assert.deepEqual(again, { ...(first as object), replayed: true });
    }
  });

  for (const which of ['first', 'last']) {
    it(`is done once when its ${which} commit is never answered and who gave up repeats it with its key`, async () => {
      const request = { memories: many((n) => ({ id: `m${n}` })), key: 'k' };
      link.failNext();
      if (which === 'last') await open().add(request);
      const passing = Math.max(0, link.commits - 1);
      const scene = open();
      const { fault, signal } = unanswered();
      link.failNext(...new Array<null>(passing).fill(null), fault);
      await assert.rejects(
        scene.add(request, callBy('ann', { signal })),
        failsWith('cancelled', 'cancelled'),
      );
      link.failNext();
      assert.equal((await listed(scene)).length, which === 'last' ? MANY : 0);
      const { replayed = false, ...answer } = await scene.add(request);
      assert.equal(replayed, which === 'last');
      const created = request.memories.map(({ id }) => ({ id, version: 1, outcome: 'created' }));
      assert.deepEqual(answer.results, created);
      assert.deepEqual(await scene.add(request), { ...answer, replayed: true });
      await assertShown(scene, which);
      assert.equal((await scene.paths.memories.get()).size, MANY);
      assert.equal((await scene.paths.space.collection('receipts').get()).size, 1);
    });
  }

  it('is seen as a whole by those who look while it runs', async () => {
    const scene = open();
    let running = true;
    const seen = new Set<number>();
    const look = async () => {
      while (running) {
        seen.add((await listed(scene)).length);
        assert.ok((await found(scene)).length % MANY === 0);
      }
    };
    const looking = look();
    await scene.add();
    running = false;
    await looking;
    seen.add((await listed(scene)).length);
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      [0, MANY],
    );
  });

  it('finds duplicates in itself and in the space, and removes what it staged for them', async () => {
    const scene = open();
    const { results: earlier } = await scene.manager.add(
      's',
      { memories: [{ text: longText(1) }] },
      callBy('ann'),
    );
    const memories = many().map((memory, n) => (n === 99 ? { ...memory, text: longText(98) } : memory));
    const { results } = await scene.add({ memories, dedupe: 'exact' });
    assert.deepEqual(results[1], { ...earlier[0], outcome: 'duplicate' });
    assert.deepEqual(results[99], { ...results[98], outcome: 'duplicate' });
    assert.equal(results.filter(({ outcome }) => outcome === 'created').length, MANY - 2);
    assert.equal((await scene.paths.memories.get()).size, MANY - 1);
    assert.deepEqual(await differences(scene.paths, { embedder: fastEmbedder }), []);
  });

  it('takes ids of the caller, goes on with the versions of deleted ones, and overwrites none', async () => {
    const scene = open();
    await scene.manager.add('s', { memories: [{ id: 'm7', text: 'before' }] }, callBy('ann'));
    const memories = many((n) => ({ id: `m${n}` }));
    await assert.rejects(scene.add({ memories }), failsWith('already-exists', 'id-taken'));
    assert.equal((await scene.paths.memories.get()).size, 1);
    await scene.manager.delete('s', { id: 'm7' }, callBy('ann'));
    const { results } = await scene.add({ memories });
    assert.deepEqual([results[6]?.version, results[7]?.version], [1, 3]);
    await assertAll(scene, 'with ids');
  });

  it('is refused where too many of the ids belong to expired memories, and changes nothing', async () => {
    const scene = open();
    const past = callBy('ann', { now: Date.now() - 100_000 });
    const brief = Array.from({ length: MANY }, (_, n) => ({
      id: `m${n}`,
      text: `brief ${n}`,
      ttlSeconds: 1,
    }));
    await scene.manager.add('s', { memories: brief, dedupe: 'off' }, past);
    const refused = scene.add({ memories: many((n) => ({ id: `m${n}` })) });
    await assert.rejects(refused, failsWith('invalid-argument', 'request-too-large'));
    await assert.rejects(refused, ({ details }) => details.issues[0].path === 'memories');
    assert.deepEqual(await listed(scene), []);
  });

  it('with ids of the caller is done once when it is called twice at once with its key', async () => {
    const scene = open();
    link.failNext();
    const request = { memories: many((n) => ({ id: `m${n}` })), key: 'k' };
    const answers = await Promise.all([scene.add(request), scene.add(request), scene.add(request)]);
    const results = answers.map((answer) => answer.results);
    assert.deepEqual(results[1], results[0]);
    assert.deepEqual(results[2], results[0]);
    assert.equal(answers.filter(({ replayed }) => replayed).length, 2);
    await assertAll(scene, 'called at once');
  });

  it('with its key uses what an attempt left that crashed, whichever of the ids were made up', async () => {
    for (const chosen of [MANY, MANY / 2]) {
      const scene = open();
      const fault = { when: 'before', status: PERMISSION_DENIED } as const;
      const request = { memories: many((n) => (n < chosen ? { id: `m${n}` } : {})), key: 'k' };
      // Two of the commits that stage pass; then all fails, the removal too.
      link.failNext(null, null, fault, fault);
      await assert.rejects(scene.add(request), failsWith('internal', 'service-account-denied'));
      link.failNext();
      assert.ok((await scene.paths.memories.get()).size > 0);
      const { results } = await scene.add(request);
      assert.equal(results.filter(({ outcome }) => outcome === 'created').length, MANY);
      if (chosen === MANY) await assertShown(scene, 'all chosen');
      // Those ids that were made up by the attempt that crashed go later.
      else assert.equal((await listed(scene)).length, MANY);
    }
  });

  it('whose ids another attempt has staged without its key is refused as one that may be tried again', async () => {
    const scene = open();
    const fault = { when: 'before', status: PERMISSION_DENIED } as const;
    const request = { memories: many((n) => ({ id: `m${n}` })) };
    link.failNext(...new Array<null>(2).fill(null), fault, fault);
    await assert.rejects(scene.add(request), failsWith('internal', 'service-account-denied'));
    link.failNext();
    await assert.rejects(scene.add({ ...request, key: 'k' }), failsWith('aborted', 'contention'));
    await assertNothing(scene, 'blocked');
    for (const document of (await scene.paths.memories.get()).docs) await document.ref.delete();
    for (const document of (await scene.paths.index.get()).docs) await document.ref.delete();
    await scene.add({ ...request, key: 'k' });
    await assertShown(scene, 'after the leftovers went');
  });

  it('keeps the order of turns', async () => {
    const { manager, paths } = open();
    const messages = many().map(({ text }) => ({ role: 'user' as const, text }));
    await manager.append('s', { session: 'c', messages }, callBy('ann'));
    const turns = await manager.turns('s', { session: 'c', limit: 100 }, callBy('ann'));
    const words = turns.messages.map(({ text }) => text.split(' ')[0]);
    assert.deepEqual(
      words,
      Array.from({ length: MANY }, (_, n) => `w${n}q`),
    );
    assert.deepEqual(await differences(paths, { embedder: fastEmbedder }), []);
  });
});
