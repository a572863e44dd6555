import assert from 'node:assert/strict';
import { statsShard } from '../../../functions/src/core/stats.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FieldValue } from '../../../functions/src/storage/database.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import type { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { walkSpace } from '../../../functions/src/storage/verify-space.ts';
import { differences } from '../../support/differences.ts';
import { someMemories } from '../../support/some-memories.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = () => callBy('ann');

function walk(paths: SpacePaths, mends: boolean) {
  const embeddings = new EmbeddingCache(embedder);
  return walkSpace({ database: testDatabase(), paths, embeddings, mends, now: Date.now });
}

/** Fifty writers, each of which adds, changes, appends and deletes. */
function fiftyWriters(manager: FirestoreMemoryManager): Promise<unknown> {
  const write = async (n: number) => {
    const id = `w-${n}`;
    await manager.add('s', { memories: [{ id, text: `written by ${n}`, tags: ['written'] }] }, ann());
    await manager.update('s', { id, changes: { text: `changed by ${n}`, kind: 'note' } }, ann());
    const messages = [{ role: 'user', text: `said by ${n}` }] as const;
    await manager.append('s', { session: `c${n % 3}`, messages: [...messages] }, ann());
    if (n % 2 === 0) await manager.delete('s', { id }, ann());
  };
  return Promise.all(Array.from({ length: 50 }, (_, n) => write(n)));
}

/** Runs `work` again and again until `meanwhile` has ended, at least once, and once more after it. */
async function during<R>(meanwhile: Promise<unknown>, work: () => Promise<R>): Promise<R[]> {
  let isOver = false;
  const ended = meanwhile.finally(() => {
    isOver = true;
  });
  const results: R[] = [];
  while (!isOver) results.push(await work());
  await ended;
  return [...results, await work()];
}

describe('a verification beside other writers', () => {
  it('finds nothing in a sound space, whatever is written meanwhile', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    await someMemories(manager, 's', ann());
    const found = await during(fiftyWriters(manager), () => walk(paths, false));
    assert.ok(found.length > 1);
    for (const { differences } of found) assert.deepEqual(differences, {});
  });

  it('mends counters exactly, and each difference once, while fifty writers write', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    await someMemories(manager, 's', ann());
    const spoil = (n: number) =>
      paths.stats
        .doc(String(n))
        .set({ count: FieldValue.increment(n + 1), byTag: { '#all': 90 }, bytes: 3 }, { merge: true });
    await Promise.all(Array.from({ length: 16 }, (_, n) => spoil(n)));
    const writers = fiftyWriters(manager);
    await Promise.all([during(writers, () => walk(paths, true)), during(writers, () => walk(paths, true))]);
    assert.deepEqual(await differences(paths), []);
    assert.deepEqual((await walk(paths, false)).differences, {});
  });

  it('does not add what is missing twice, when two repairs have seen the same', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    await manager.add('s', { memories: [{ id: 'one', text: 'one' }] }, ann());
    const shard = paths.stats.doc(statsShard('one'));
    for (let round = 0; round < 5; round += 1) {
      await shard.update({ count: 40 });
      await Promise.all([walk(paths, true), walk(paths, true), walk(paths, true)]);
      assert.equal((await shard.get()).get('count'), 1);
    }
    assert.equal((await shard.get()).get('repairs'), 5);
  });
});
