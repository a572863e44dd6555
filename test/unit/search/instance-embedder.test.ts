import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  type EmbeddingServer,
  embeddingServer,
  says,
  unitVectorOf,
  vectorOf,
} from '../../support/embedding-server.ts';
import { ROOT } from '../imports.ts';

/** An instance of its own, since the choice is made once: embeds twice for a member, once for nobody. */
const INSTANCE = `
  import { embedder, embedderFor } from './functions/src/search/instance-embedder.ts';
  embedderFor('acme', 'who embeds nothing');
  try {
    const { id, dimensions, maxBatch } = embedderFor('acme', 'ann');
    const [first] = await embedderFor('acme', 'ann').embed(['cat'], undefined, 'query');
    const [second] = await embedderFor('acme', 'ann').embed(['cat'], undefined, 'query');
    const [plain] = await embedder.embed(['a dog']);
    const same = embedder.id === id && embedder.dimensions === dimensions;
    console.log(JSON.stringify({ id, dimensions, maxBatch, first, second, plain, same }));
  } catch ({ code, details }) {
    const later = await embedder.embed(['a']).catch(({ details }) => details.reason);
    console.log(JSON.stringify({ code, reason: details.reason, later }));
  }
`;

async function instance(lines: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const env = { PATH: process.env.PATH, GCLOUD_PROJECT: 'demo', FIREBASE_CONFIG: '{}', ...lines };
  const args = ['--input-type=module-typescript', '-e', INSTANCE];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, timeout: 50_000 });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('the embedder of an instance', function () {
  this.timeout(60_000);
  let server: EmbeddingServer;
  before('start a server that speaks the protocol of OpenAI', async () => {
    server = await embeddingServer((request, response) => {
      const texts = request.body.input as string[];
      const data = texts.map((text, index) => ({ index, embedding: vectorOf(text, 4) }));
      says(200, { data })(request, response);
    });
  });
  after('stop it', () => server.close());

  it('is the local one where nothing else is said', async () => {
    const { id, dimensions, same, first, second } = await instance({});
    assert.match(String(id), /^minilm/);
    assert.deepEqual([dimensions, same], [384, true]);
    assert.deepEqual(first, second);
  });

  it('is the hosted one that the parameters name, one for all calls, which remembers for a member', async () => {
    const { id, dimensions, maxBatch, first, second, plain, same } = await instance({
      FIREMEMORY_EMBEDDER: 'openai',
      FIREMEMORY_EMBEDDER_URL: `${server.url}/v1`,
      FIREMEMORY_EMBEDDER_MODEL: 'tiny',
      FIREMEMORY_EMBEDDER_DIMENSIONS: '4',
      FIREMEMORY_EMBEDDER_KEY: 'from-the-secret',
    });
    assert.deepEqual([id, dimensions, maxBatch, same], ['openai:tiny:4:8000', 4, 32, true]);
    assert.deepEqual([first, second], [unitVectorOf('cat', 4), unitVectorOf('cat', 4)]);
    assert.deepEqual(plain, unitVectorOf('a dog', 4));
    const inputs = server.arrived.map(({ body }) => body.input);
    assert.deepEqual(inputs, [['cat'], ['a dog']]);
    assert.equal(server.arrived[0]?.headers.authorization, 'Bearer from-the-secret');
  });

  it('is none where a parameter is wrong: each use says so, and none falls back to another', async () => {
    const reason = 'invalid-configuration';
    const failure = { code: 'internal', reason, later: reason };
    assert.deepEqual(await instance({ FIREMEMORY_EMBEDDER: 'opnai' }), failure);
    assert.deepEqual(await instance({ FIREMEMORY_EMBEDDER: 'openai' }), failure, 'there is no key');
  });
});
