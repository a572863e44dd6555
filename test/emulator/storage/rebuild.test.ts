import assert from 'node:assert/strict';
import { rebuild } from '../../../benchmarks/retrieval/rebuild.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import type { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { walkSpace } from '../../../functions/src/storage/verify-space.ts';
import { differences as recomputed } from '../../support/differences.ts';
import { someMemories } from '../../support/some-memories.ts';
import { changed, dumpOf } from '../../support/space-dump.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';
import { questionsAboutFriends, threeFriends } from '../../support/three-friends.ts';

const NOW = Date.now();
/** When no instance uses any longer what it has read before. */
const LATER = NOW + 600_000;
const ann = (now = NOW) => callBy('ann', { now });

const QUERIES = [
  'tea',
  'who saw a zebra by the sea?',
  'Oslo',
  'green',
  'a violin or chess',
  'what do we know?',
];
const FILTERS = [{}, { kind: 'note' }, { tags: 'tag-1' }, { sessionId: 'chat' }];

/** Every answer that depends on what is derived. */
async function answers(manager: FirestoreMemoryManager, now = NOW): Promise<unknown> {
  const searches = [];
  for (const query of QUERIES) {
    for (const mode of ['hybrid', 'semantic', 'keyword'] as const) {
      for (const filter of FILTERS) {
        const request = { query, mode, filter, limit: 20, explain: true };
        searches.push(await manager.search(['s'], request, ann(now)));
      }
    }
  }
  const sessions = await manager.sessions('s', {}, ann(now));
  const again = [{ text: 'Ann saw a zebra by the sea.', tags: ['seen'] }];
  const twin = await manager.add('s', { memories: again }, ann(now));
  return { searches, sessions, twin };
}

describe('a space of which nothing derived is left', () => {
  it('answers each search as before, item by item, once it is reindexed', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    await someMemories(manager, 's', ann());
    const [sound, before] = [await dumpOf(paths), await answers(manager)];
    const written = changed(sound, await dumpOf(paths));
    assert.deepEqual(written, ['frequencies/words'], 'what is asked writes nothing else');
    const { firestore } = paths.space;
    for (const name of ['index', 'stats', 'sessions', 'claims', 'frequencies']) {
      await firestore.recursiveDelete(paths.space.collection(name));
    }
    const { results } = await manager.search(['s'], { query: 'tea' }, ann(LATER));
    assert.deepEqual(results, []);
    const embeddings = new EmbeddingCache(embedder);
    const walk = { database: testDatabase(), paths, embeddings, mends: true, now: () => NOW };
    const { memories, entries, differences } = await walkSpace(walk);
    assert.deepEqual([memories, entries, differences['missing-entry']], [20, 0, 20]);
    assert.deepEqual(await recomputed(paths), []);
    assert.deepEqual(await answers(manager), before);
    assert.deepEqual(await answers(manager, LATER), before);
    // Of what is derived only the claims to contents that nobody has any more are not as they were.
    const differ = changed(sound, await dumpOf(paths)).filter((path) => !/^(stats|frequencies)\//.test(path));
    assert.ok(
      differ.every((path) => path.startsWith('claims/')),
      differ.join(', '),
    );
  });

  it('answers every question about a whole conversation as before, item by item', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    for (const session of threeFriends()) await manager.append('s', session, ann());
    const ask = async (now: number) => {
      const found = new Map<string, unknown>();
      for (const { question } of questionsAboutFriends()) {
        for (const mode of ['hybrid', 'semantic', 'keyword'] as const) {
          const request = { query: question, mode, limit: 100, explain: true };
          found.set(`${mode}: ${question}`, await manager.search(['s'], request, ann(now)));
        }
      }
      return found;
    };
    const before = await ask(NOW);
    const { entries, differences } = await rebuild(testDatabase(), paths, embedder);
    const { size } = await paths.memories.get();
    assert.deepEqual([entries, differences['missing-entry']], [0, size]);
    assert.ok(size > 60, String(size));
    for (const now of [NOW, LATER]) {
      for (const [question, found] of await ask(now)) assert.deepEqual(found, before.get(question), question);
    }
    assert.deepEqual(await recomputed(paths), []);
  });
});
