/** Searches between the steps of a reindexing, after a change of the embedder. */
import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../functions/src/config.ts';
import type { MemorySearchResponse, SearchMode } from '../../../functions/src/contract/types.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import { decodeJob } from '../../../functions/src/storage/job-codec.ts';
import { runJob } from '../../../functions/src/storage/job-runner.ts';
import { keepingOf } from '../../../functions/src/storage/keeping.ts';
import { tenantPaths } from '../../../functions/src/storage/paths.ts';
import { differences } from '../../support/differences.ts';
import { openTenant } from '../../support/jobs.ts';
import { callBy, openManager } from '../../support/storage.ts';
import { threeFriends } from '../../support/three-friends.ts';

/** The model of before: to it all texts mean the same. */
const former: Embedder = {
  id: 'former-model',
  dimensions: embedder.dimensions,
  embed: async (texts) => {
    const [vector = []] = await embedder.embed(['peanuts']);
    return texts.map(() => vector);
  },
};

const NOW = Date.now();
const ada = () => callBy('ada', { now: NOW });
/** Words that one memory alone has: it is to be found whichever model made its entry. */
const RARE = { id: 'rare', text: 'The boiler said E4711.' };
const QUERIES = ['E4711', 'who has a new job?', 'the dog', 'a holiday by the sea'];

/** A tenant whose shared space was filled by the former model, and a twin that is filled by the present one. */
async function openChanged() {
  const tenant = await openTenant();
  const managers = {
    former: openManager(tenant.tenantId, undefined, former).manager,
    twin: openManager().manager,
  };
  for (const manager of Object.values(managers)) {
    for (const session of threeFriends()) await manager.append('team', session, ada());
    await manager.add('team', { memories: [RARE] }, ada());
  }
  return { ...tenant, twin: managers.twin };
}

const idsOf = ({ results }: MemorySearchResponse) => results.map(({ memory }) => memory.id);

describe('a search beside a reindexing after a change of the embedder', () => {
  it('finds by words as before at each step, by meaning what is reindexed, and then all as if it were new', async () => {
    const { database, tenantId, manager, twin, jobs, paths } = await openChanged();
    const answers = async (by: typeof manager, mode: SearchMode) => {
      const found = [];
      for (const query of QUERIES) found.push(await by.search(['team'], { query, mode, limit: 100 }, ada()));
      return found.map(idsOf);
    };
    const present = async () => {
      const { docs } = await paths('team').index.where('embedder', '==', embedder.id).select().get();
      return docs.map(({ id }) => id).sort();
    };
    const byWords = await answers(twin, 'keyword');
    const { jobId } = await jobs.start('team', { kind: 'reindex' }, keepingOf(DEFAULT_SETTINGS), ada());
    const scene = {
      database,
      paths: tenantPaths(database, tenantId),
      embeddings: new EmbeddingCache(embedder),
      now: Date.now,
    };
    const sizes: number[] = [];
    for (let state = 'queued'; state !== 'succeeded'; ) {
      const reindexed = await present();
      sizes.push(reindexed.length);
      assert.deepEqual(await answers(manager, 'keyword'), byWords, `by words, at ${reindexed.length}`);
      for (const found of await answers(manager, 'semantic')) {
        assert.deepEqual([...found].sort(), reindexed, 'vectors of two models are not compared');
      }
      const [hybrid] = await answers(manager, 'hybrid');
      assert.equal(hybrid?.[0], RARE.id);
      const job = decodeJob(await scene.paths.job(jobId).get())!;
      ({ state } = await runJob(scene, job, { maxDocuments: 1 }));
    }
    assert.ok(new Set(sizes).size >= 3, `searched at ${sizes.join(', ')}`);
    for (const mode of ['hybrid', 'keyword', 'semantic'] as const) {
      assert.deepEqual(await answers(manager, mode), await answers(twin, mode), mode);
    }
    assert.deepEqual(await differences(paths('team')), []);
  });
});
