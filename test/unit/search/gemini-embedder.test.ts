import assert from 'node:assert/strict';
import { HOSTED_EMBEDDER } from '../../../functions/src/config.ts';
import {
  type GeminiAccess,
  type GeminiOptions,
  geminiEmbedder,
} from '../../../functions/src/search/gemini-embedder.ts';
import type { HostedLimits } from '../../../functions/src/search/hosted-embedder.ts';
import {
  type Answer,
  type EmbeddingServer,
  embeddingServer,
  resets,
  says,
  unitVectorOf,
  vectorOf,
} from '../../support/embedding-server.ts';
import { failsWith } from '../../support/fails-with.ts';

const DIMENSIONS = 4;
const QUICK: HostedLimits = {
  ...HOSTED_EMBEDDER,
  REQUEST_MS: 6_000,
  DEADLINE_MS: 8_000,
  BASE_MS: 2,
  CAP_MS: 10,
};
const unavailable = failsWith('unavailable', 'embedder-unavailable');
const misconfigured = failsWith('internal', 'embedder-misconfigured');

interface Content {
  readonly parts: readonly [{ readonly text: string }];
}

const textOf = ({ parts }: Content) => parts[0].text;
const values = (text: string) => ({ values: vectorOf(text, DIMENSIONS) });

/** Answers as the Gemini API and Vertex AI do, each at its own path. */
const embeds: Answer = (request, response) => {
  const { path, body } = request;
  if (path.endsWith(':batchEmbedContents')) {
    const requests = body.requests as readonly { readonly content: Content }[];
    says(200, { embeddings: requests.map(({ content }) => values(textOf(content))) })(request, response);
  } else if (path.endsWith(':predict')) {
    const instances = body.instances as readonly { readonly content: string }[];
    const statistics = { token_count: 1, truncated: false };
    const predictions = instances.map(({ content }) => ({ embeddings: { ...values(content), statistics } }));
    says(200, { predictions, metadata: { billableCharacterCount: 1 } })(request, response);
  } else if (path.endsWith(':embedContent')) {
    says(200, { embedding: values(textOf(body.content as Content)), truncated: false })(request, response);
  } else {
    says(404, { error: { code: 404, status: 'NOT_FOUND' } })(request, response);
  }
};

/** Credentials that give a token without asking anyone for it. */
function withToken(getRequestHeaders: () => Promise<Headers>): GeminiAccess {
  const authClient = { getRequestHeaders } as NonNullable<
    NonNullable<Extract<GeminiAccess, { location: string }>['auth']>['authClient']
  >;
  return { project: 'a-project', location: 'europe-west1', auth: { authClient } };
}
const VERTEX = withToken(async () => new Headers({ authorization: 'Bearer a-token' }));
const API: GeminiAccess = { key: 'a-key' };

describe('the embedder over Gemini', () => {
  let server: EmbeddingServer;
  beforeEach('start the server', async () => {
    server = await embeddingServer(embeds);
  });
  afterEach('stop it', () => server.close());

  const embedderOf = (options: Partial<GeminiOptions> = {}, limits: Partial<HostedLimits> = {}) => {
    const given = { model: 'gemini-embedding-001', dimensions: DIMENSIONS, access: API, url: server.url };
    return geminiEmbedder({ ...given, ...options }, { ...QUICK, ...limits });
  };

  for (const [name, access] of Object.entries({ 'the Gemini API': API, 'Vertex AI': VERTEX })) {
    for (const model of ['gemini-embedding-001', 'gemini-embedding-2']) {
      it(`returns vectors of length 1 in the order of the texts: ${model} by ${name}`, async () => {
        const vectors = await embedderOf({ access, model }).embed(['one', 'three', 'fifteen']);
        assert.deepEqual(
          vectors.map((vector) => vector.length),
          [DIMENSIONS, DIMENSIONS, DIMENSIONS],
        );
        for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-12);
        assert.equal(new Set(vectors.map(String)).size, 3);
        if (model === 'gemini-embedding-001') assert.deepEqual(vectors[1], unitVectorOf('three', DIMENSIONS));
      });
    }

    it(`tries again after what may pass, by ${name}`, async () => {
      for (const answer of [
        says(429, { error: { status: 'RESOURCE_EXHAUSTED' } }, { 'retry-after': '0' }),
        says(500, 'oh no'),
        resets,
        says(200, 'no JSON'),
        says(200, {}),
        says(200, { embeddings: [], predictions: [] }),
        says(200, { embeddings: [{}], predictions: [{ embeddings: {} }] }),
        says(200, { embeddings: [null], predictions: [null] }),
      ]) {
        server.next(answer);
        const vectors = await embedderOf({ access }).embed(['three']);
        assert.deepEqual(vectors, [unitVectorOf('three', DIMENSIONS)]);
      }
      assert.equal(server.arrived.length, 16);
    });

    it(`is unavailable where that goes on, by ${name}`, async () => {
      const limited = says(429, { error: { message: 'secret', status: 'RESOURCE_EXHAUSTED' } });
      server.next(limited, limited);
      const failure = await embedderOf({ access }, { MAX_TRIES: 2 })
        .embed(['secret'])
        .catch((error: unknown) => error);
      unavailable(failure);
      assert.match(String((failure as Error).cause), /429 RESOURCE_EXHAUSTED$/);
      assert.equal(server.arrived.length, 2, 'the SDK itself tries no more often');
    });

    it(`does not try again after a refusal, by ${name}`, async () => {
      for (const status of [400, 401, 403, 404]) {
        server.next(says(status, { error: { code: status, message: 'secret', status: 'DENIED' } }));
        await assert.rejects(embedderOf({ access }).embed(['secret']), misconfigured);
      }
      assert.equal(server.arrived.length, 4);
    });

    it(`is stopped at once by the signal, by ${name}`, async () => {
      const controller = new AbortController();
      const gone = new Error('the caller is gone');
      server.next(() => controller.abort(gone));
      const limits = { REQUEST_MS: 60_000, DEADLINE_MS: 60_000 };
      await assert.rejects(embedderOf({ access }, limits).embed(['a'], controller.signal), gone);
    });
  }

  it('asks the Gemini API with the key, for a length, and says what the texts are for', async () => {
    await embedderOf().embed(['a', 'b']);
    await embedderOf().embed(['c'], undefined, 'query');
    const [documents, query] = server.arrived;
    assert.match(documents?.path ?? '', /^\/v1(beta)?\/models\/gemini-embedding-001:batchEmbedContents$/);
    assert.equal(documents?.headers['x-goog-api-key'], 'a-key');
    const request = (text: string, taskType: string) => ({
      content: { parts: [{ text }] },
      taskType,
      outputDimensionality: DIMENSIONS,
      model: 'models/gemini-embedding-001',
    });
    assert.deepEqual(documents?.body, {
      requests: ['a', 'b'].map((text) => request(text, 'RETRIEVAL_DOCUMENT')),
    });
    assert.deepEqual(query?.body, { requests: [request('c', 'RETRIEVAL_QUERY')] });
  });

  it('asks Vertex AI in the name of the service account, one text at a time', async () => {
    const embedder = embedderOf({ access: VERTEX });
    await embedder.embed(['a', 'b'], undefined, 'query');
    assert.equal(embedder.maxBatch, 1);
    for (const { path, headers } of server.arrived) {
      const folder = 'projects/a-project/locations/europe-west1/publishers/google/models';
      assert.ok(path.endsWith(`${folder}/gemini-embedding-001:predict`), path);
      assert.deepEqual([headers.authorization, headers['x-goog-api-key']], ['Bearer a-token', undefined]);
    }
    const bodies = server.arrived.map(({ body }) => body);
    const instance = (content: string) => [{ content, task_type: 'RETRIEVAL_QUERY' }];
    assert.deepEqual(bodies.map(({ instances }) => instances).sort(), [instance('a'), instance('b')]);
    assert.deepEqual(bodies[0]?.parameters, { outputDimensionality: DIMENSIONS });
  });

  it('tells the newer models in the text what it is for', async () => {
    for (const access of [API, VERTEX]) {
      const embedder = embedderOf({ access, model: 'gemini-embedding-2' });
      await embedder.embed(['a']);
      await embedder.embed(['b'], undefined, 'query');
    }
    const bodies = server.arrived.map(({ body }) => JSON.stringify(body));
    for (const [place, text] of ['title: none | text: a', 'task: search result | query: b'].entries()) {
      for (const body of [bodies[place], bodies[place + 2]]) {
        assert.ok(body?.includes(`"text":"${text}"`), body);
        assert.ok(!/task_?type/i.test(body ?? ''), body);
      }
    }
  });

  it('takes nothing from the environment that was meant for another program', async () => {
    const others = {
      GOOGLE_API_KEY: 'other',
      GOOGLE_GENAI_USE_VERTEXAI: 'true',
      GOOGLE_CLOUD_PROJECT: 'other',
      GOOGLE_CLOUD_LOCATION: 'other',
    };
    const before = Object.keys(others).map((name) => [name, process.env[name]] as const);
    Object.assign(process.env, others);
    try {
      await embedderOf({ access: API }).embed(['a']);
      await embedderOf({ access: VERTEX }).embed(['a']);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
    const [api, vertex] = server.arrived;
    assert.equal(api?.headers['x-goog-api-key'], 'a-key');
    assert.equal(vertex?.headers.authorization, 'Bearer a-token');
    assert.ok(vertex?.path.includes('/a-project/locations/europe-west1/'));
  });

  it('is unavailable where there is no token, and ends although the wait for one cannot be stopped', async () => {
    const broken = withToken(() => Promise.reject(new Error('no metadata server at 169.254.169.254')));
    await assert.rejects(embedderOf({ access: broken }, { MAX_TRIES: 2 }).embed(['a']), unavailable);
    const hanging = withToken(() => new Promise(() => undefined));
    await assert.rejects(embedderOf({ access: hanging }, { DEADLINE_MS: 200 }).embed(['a']), unavailable);
    const gone = AbortSignal.timeout(50);
    await assert.rejects(embedderOf({ access: hanging }).embed(['a'], gone), { name: 'TimeoutError' });
    assert.equal(server.arrived.length, 0);
  });

  it('refuses vectors of another length', async () => {
    server.next(says(200, { embeddings: [{ values: [1, 2, 3] }] }));
    await assert.rejects(embedderOf().embed(['a']), misconfigured);
  });

  it('makes the same vectors by either way, and says so by its id', () => {
    assert.equal(embedderOf({ dimensions: 768 }).id, 'gemini:gemini-embedding-001:768:8000');
    assert.equal(embedderOf({ access: VERTEX }).id, embedderOf({ access: API }).id);
  });
});
