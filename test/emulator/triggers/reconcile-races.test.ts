/**
 * What happens between the moment at which the trigger reads a memory and its commit. The embedder is asked just
 * then, so what a test does meanwhile is done there.
 */
import assert from 'node:assert/strict';
import { type Embedder, embedWithTokens } from '../../../functions/src/search/embedder.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { measure } from '../../../functions/src/storage/meter.ts';
import { openCounters } from '../../../functions/src/storage/open-counters.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { byHand } from '../../support/chaos/by-hand.ts';
import { differences } from '../../support/differences.ts';
import { callBy, freshId, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const turn = { kind: 'message', role: 'user', sessionId: 'c' } as const;
const WHOLE = byHand({ text: 'written by hand', tags: ['x'], ...turn });
const PART = { text: 'written by hand', tags: ['x'], ...turn };

const reconcile = ({ tenantId, spaceId }: SpacePaths, by: Embedder = embedder) =>
  reconcileMemory(testDatabase(), by, { tenantId, spaceId, memoryId: 'm' });

/** An embedder that, with its first text, has something else done. */
function meanwhile(work: () => Promise<unknown>): Embedder {
  let isFirst = true;
  const once = async () => {
    if (!isFirst) return;
    isFirst = false;
    await work();
  };
  return {
    id: embedder.id,
    dimensions: embedder.dimensions,
    embed: (texts) => once().then(() => embedder.embed(texts)),
    embedTokens: (texts) => once().then(() => embedWithTokens(embedder, texts)),
  };
}

/** What somebody else does, and the trigger on the event of it, which is done before the first one commits. */
const MEANWHILE: Record<string, (paths: SpacePaths) => Promise<unknown>> = {
  'is deleted by hand': async (paths) => {
    await paths.memory('m').delete();
    await reconcile(paths);
  },
  'is changed by hand': async (paths) => {
    await paths.memory('m').set(byHand({ text: 'changed', kind: 'note' }, 2));
    await reconcile(paths);
  },
  'is changed by hand, and the event of that comes later': async (paths) => {
    await paths.memory('m').set(byHand({ text: 'changed', kind: 'note' }, 2));
  },
  'is deleted and put back as it was': async (paths) => {
    const fields = (await paths.memory('m').get()).data() ?? {};
    await paths.memory('m').delete();
    await reconcile(paths);
    await paths.memory('m').set(fields);
    await reconcile(paths);
  },
  'is derived by another delivery of the event': (paths) => reconcile(paths),
  'is derived, deleted, and that is derived too': async (paths) => {
    await reconcile(paths);
    await paths.memory('m').delete();
    await reconcile(paths);
  },
  'is damaged by hand': async (paths) => {
    await paths.memory('m').set({ text: 42 });
    await reconcile(paths);
  },
};

describe('between the read and the commit of the trigger', () => {
  const scene = async (memory: Record<string, unknown>, isNew = false) => {
    const { manager, tenantId } = openManager(freshId('between'));
    const paths = spaceOf(tenantId, 'space');
    if (!isNew) await openCounters(testDatabase(), paths);
    await paths.memory('m').set(memory);
    return { manager, paths };
  };

  for (const [what, work] of Object.entries(MEANWHILE)) {
    for (const [kind, memory] of Object.entries({ whole: WHOLE, incomplete: PART })) {
      for (const isNew of [false, true]) {
        it(`a memory, ${kind}, in a ${isNew ? 'new' : 'used'} space, ${what}: it ends at the truth`, async () => {
          const { paths } = await scene(memory, isNew);
          await reconcile(
            paths,
            meanwhile(() => work(paths)),
          );
          assert.deepEqual(await differences(paths, { exact: true }), []);
        });
      }
    }
  }

  it('a memory is updated or deleted by a callable: what that left stays', async () => {
    for (const memory of [WHOLE, PART]) {
      const { manager, paths } = await scene(memory);
      const update = () => manager.update('space', { id: 'm', changes: { tags: ['y'] } }, callBy('ann'));
      await reconcile(paths, meanwhile(update));
      assert.deepEqual(await differences(paths), []);
      const other = await scene(memory);
      const remove = async () => {
        await other.manager.delete('space', { id: 'm' }, callBy('ann'));
        await reconcile(other.paths);
      };
      await reconcile(other.paths, meanwhile(remove));
      assert.equal((await other.paths.entry('m').get()).exists, false);
      assert.deepEqual(await differences(other.paths), []);
    }
  });

  it('a space is deleted with its memories and counters: nothing of it comes back', async () => {
    const { paths } = await scene(WHOLE);
    const close = async () => {
      await paths.memory('m').delete();
      for (const { ref } of (await paths.stats.get()).docs) await ref.delete();
    };
    await reconcile(paths, meanwhile(close));
    const left = await paths.space.listCollections();
    assert.deepEqual(
      left.map(({ id }) => id),
      [],
    );
  });

  it('nothing is waited for: a memory that nobody changes is derived with one commit and no transaction', async () => {
    for (const [memory, footprint] of [
      // The memory, its entry and its letter; then whether it is still the one that was read.
      [WHOLE, { reads: 4, writes: 4 }],
      [PART, { reads: 3, writes: 5 }],
    ] as const) {
      const { paths } = await scene(memory);
      const first = measure(testDatabase(), () => reconcile(paths));
      await first.result;
      assert.deepEqual(first.footprint(), footprint);
      const again = measure(testDatabase(), () => reconcile(paths));
      await again.result;
      assert.deepEqual(again.footprint(), { reads: 3, writes: 0 });
      assert.deepEqual(await differences(paths, { exact: true }), []);
    }
  });
});
