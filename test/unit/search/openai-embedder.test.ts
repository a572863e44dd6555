import assert from 'node:assert/strict';
import { HOSTED_EMBEDDER } from '../../../functions/src/config.ts';
import { ConnectionError, OperationError } from '../../../functions/src/errors.ts';
import type { HostedLimits } from '../../../functions/src/search/hosted-embedder.ts';
import { type OpenAiOptions, openAiEmbedder } from '../../../functions/src/search/openai-embedder.ts';
import {
  type Answer,
  deadUrl,
  type EmbeddingServer,
  embeddingServer,
  isSilent,
  resets,
  says,
  unitVectorOf,
  vectorOf,
} from '../../support/embedding-server.ts';
import { failsWith } from '../../support/fails-with.ts';

const DIMENSIONS = 4;
const KEY = 'sk-very-secret';
const SECRET = 'my most private memory';

/** Times that a test can wait for. */
const QUICK: HostedLimits = {
  ...HOSTED_EMBEDDER,
  REQUEST_MS: 6_000,
  DEADLINE_MS: 8_000,
  BASE_MS: 2,
  CAP_MS: 10,
};

interface Item {
  readonly object: 'embedding';
  readonly index: number;
  readonly embedding: unknown;
}

/** Answers as OpenAI does; `change` spoils the list. */
function embeds(change: (items: Item[]) => readonly unknown[] = (items) => items): Answer {
  return (request, response) => {
    const texts = request.body.input as string[];
    const items = texts.map((text, index): Item => {
      return { object: 'embedding', index, embedding: vectorOf(text, DIMENSIONS) };
    });
    const usage = { prompt_tokens: 1, total_tokens: 1 };
    const body = { object: 'list', data: change(items), model: request.body.model, usage };
    says(200, body)(request, response);
  };
}

const spoilt = (embedding: unknown) => embeds((items) => items.map((item) => ({ ...item, embedding })));

const unavailable = failsWith('unavailable', 'embedder-unavailable');
const misconfigured = failsWith('internal', 'embedder-misconfigured');

describe('the embedder by the protocol of OpenAI', () => {
  let server: EmbeddingServer;
  beforeEach('start the server', async () => {
    server = await embeddingServer(embeds());
  });
  afterEach('stop it', () => server.close());

  const embedderOf = (options: Partial<OpenAiOptions> = {}, limits: Partial<HostedLimits> = {}) => {
    const given = {
      key: KEY,
      model: 'a-model',
      url: `${server.url}/v1`,
      dimensions: DIMENSIONS,
      shorten: false,
    };
    return openAiEmbedder({ ...given, ...options }, { ...QUICK, ...limits });
  };
  const texts = (count: number) => Array.from({ length: count }, (_, n) => 'x'.repeat(n + 1));

  it('asks for numbers, with the key, and returns vectors of length 1 in the order of the texts', async () => {
    const vectors = await embedderOf().embed(['one', 'three', 'fifteen']);
    assert.deepEqual(
      vectors,
      ['one', 'three', 'fifteen'].map((text) => unitVectorOf(text, DIMENSIONS)),
    );
    const [{ path, headers, body } = assert.fail()] = server.arrived;
    assert.equal(path, '/v1/embeddings');
    assert.equal(headers.authorization, `Bearer ${KEY}`);
    assert.deepEqual(body, {
      model: 'a-model',
      input: ['one', 'three', 'fifteen'],
      encoding_format: 'float',
    });
  });

  it('takes nothing from the environment that was meant for another program', async () => {
    const others = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_ORG_ID: 'org', OPENAI_PROJECT_ID: 'p' };
    Object.assign(process.env, others, { OPENAI_API_KEY: 'other', OPENAI_LOG: 'debug' });
    try {
      await embedderOf().embed(['a']);
    } finally {
      for (const name of [...Object.keys(others), 'OPENAI_API_KEY', 'OPENAI_LOG']) delete process.env[name];
    }
    const [{ headers } = assert.fail()] = server.arrived;
    assert.deepEqual(
      [headers.authorization, headers['openai-organization'], headers['openai-project']],
      [`Bearer ${KEY}`, undefined, undefined],
    );
  });

  it('makes no request for no text', async () => {
    assert.deepEqual(await embedderOf().embed([]), []);
    assert.equal(server.arrived.length, 0);
  });

  it('divides many texts into batches, a few at a time, and keeps their order', async () => {
    const many = texts(100);
    const embedder = embedderOf({}, { CONCURRENCY: 2 });
    // The first is answered once the second is there.
    let first = () => {};
    server.next(
      (...exchange) => {
        first = () => embeds()(...exchange);
      },
      (...exchange) => {
        embeds()(...exchange);
        first();
      },
    );
    assert.deepEqual(
      await embedder.embed(many),
      many.map((text) => unitVectorOf(text, DIMENSIONS)),
    );
    const sizes = server.arrived.map(({ body }) => (body.input as string[]).length);
    assert.deepEqual(sizes.sort(), [32, 32, 32, 4].sort());
    assert.equal(embedder.maxBatch, 32);
    assert.equal(server.mostOpen(), 2);
  });

  it('shares the limit of requests among all calls', async () => {
    const embedder = embedderOf({}, { CONCURRENCY: 3 });
    await Promise.all(texts(12).map((text) => embedder.embed([text])));
    assert.equal(server.arrived.length, 12);
    assert.ok(server.mostOpen() <= 3, String(server.mostOpen()));
  });

  it('reads the beginning of a long text, up to a whole character, and a dash for a blank one', async () => {
    await embedderOf().embed(['猫'.repeat(10_000), '', ' \n', 'a\ud800']);
    const [long = '', ...others] = server.arrived[0]!.body.input as string[];
    assert.equal(long, '猫'.repeat(Math.floor(HOSTED_EMBEDDER.MAX_TEXT_BYTES / 3)));
    assert.deepEqual(others, ['-', '-', 'a\ufffd']);
  });

  it('asks for a length only if it was chosen', async () => {
    await embedderOf({ shorten: true }).embed(['a']);
    await embedderOf({ shorten: false }).embed(['a']);
    assert.deepEqual(
      server.arrived.map(({ body }) => body.dimensions),
      [DIMENSIONS, undefined],
    );
  });

  it('asks without a length where a server refuses to be asked for it, and does so from then on', async () => {
    const embedder = embedderOf({ shorten: true });
    server.next(says(400, { error: { message: 'no matryoshka', code: 400 } }));
    assert.equal((await embedder.embed(['a'])).length, 1);
    await embedder.embed(['b']);
    assert.deepEqual(
      server.arrived.map(({ body }) => body.dimensions),
      [DIMENSIONS, undefined, undefined],
    );
  });

  it('goes on asking for a length after a request that was refused for another reason', async () => {
    const embedder = embedderOf({ shorten: true });
    server.next(says(400, {}), says(400, {}));
    await assert.rejects(embedder.embed(['a']), misconfigured);
    await embedder.embed(['b']);
    assert.equal(server.arrived.at(-1)?.body.dimensions, DIMENSIONS);
  });

  it('puts an answer in another order right by its indexes', async () => {
    server.next(embeds((items) => items.toReversed()));
    const vectors = await embedderOf().embed(['one', 'three']);
    assert.deepEqual(
      vectors,
      ['one', 'three'].map((text) => unitVectorOf(text, DIMENSIONS)),
    );
  });

  it('takes the order of an answer that has no indexes, as some servers give it', async () => {
    server.next(embeds((items) => items.map(({ embedding }) => ({ embedding }))));
    const vectors = await embedderOf().embed(['one', 'three']);
    assert.deepEqual(
      vectors,
      ['one', 'three'].map((text) => unitVectorOf(text, DIMENSIONS)),
    );
  });

  const PASSING: Readonly<Record<string, Answer>> = {
    'a limit of requests': says(
      429,
      { error: { message: SECRET, type: 'requests' } },
      { 'retry-after': '0' },
    ),
    'a failure of the server': says(500, 'oh no'),
    'an overload': says(503, { error: {} }),
    'a timeout of the server': says(408, {}),
    'a lost connection': resets,
    'an answer that is no JSON': says(200, '<html>hello</html>'),
    'an answer without a list': says(200, { object: 'list' }),
    'an answer that is null': says(200, 'null'),
    'too few vectors': embeds((items) => items.slice(1)),
    'too many vectors': embeds((items) => [...items, ...items]),
    'the same place twice': embeds((items) => items.map((item) => ({ ...item, index: 0 }))),
    'vectors of null': spoilt([null, 1, 1, 1]),
    'vectors of texts': spoilt(['1', '1', '1', '1']),
    'vectors that are not even lists': spoilt('AAAAAA=='),
    'vectors of zeros': spoilt([0, 0, 0, 0]),
    'vectors too large to measure': spoilt([1e308, 1e308, 1e308, 1e308]),
    'an answer that never comes': isSilent,
    'an answer that stops half-way': (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"data":[');
    },
  };
  const ENDLESS = ['an answer that never comes', 'an answer that stops half-way'];
  for (const [name, answer] of Object.entries(PASSING)) {
    const limits = ENDLESS.includes(name) ? { REQUEST_MS: 400 } : {};
    it(`tries again after ${name}, and tells a client nothing but that if it goes on`, async () => {
      server.next(answer);
      assert.equal((await embedderOf({}, limits).embed(['ab', 'c'])).length, 2);
      assert.equal(server.arrived.length, 2);

      server.next(answer, answer);
      const failure = await embedderOf({}, { ...limits, MAX_TRIES: 2 })
        .embed([SECRET, 'c'])
        .catch((error: unknown) => error);
      unavailable(failure);
      assert.ok(failure instanceof ConnectionError && failure.retryable);
      assertDiscreet(failure);
    });
  }

  it('reads no NaN, which is no JSON', async () => {
    server.next(says(200, '{"data":[{"index":0,"embedding":[NaN,1,1,1]}]}'));
    assert.equal((await embedderOf().embed(['a'])).length, 1);
    assert.equal(server.arrived.length, 2);
  });

  it('stops reading an answer that is too large', async () => {
    server.next(says(200, ' '.repeat(60_000)));
    const failing = embedderOf({}, { MAX_ANSWER_BYTES: 50_000, MAX_TRIES: 1 }).embed(['a']);
    const failure = await failing.catch((error: unknown) => error);
    unavailable(failure);
    assert.match(String((failure as Error).cause), /answer-too-large/);
    assert.equal((await embedderOf({}, { MAX_ANSWER_BYTES: 50_000 }).embed(['a'])).length, 1);
  });

  it('waits as long as it is asked to', async () => {
    server.next(says(429, {}, { 'retry-after-ms': '120' }));
    const began = performance.now();
    await embedderOf().embed(['a']);
    assert.ok(performance.now() - began >= 119);
  });

  it('gives up at once if it is asked to wait beyond its deadline', async () => {
    for (const header of ['30', new Date(Date.now() + 30_000).toUTCString()]) {
      server.next(says(429, {}, { 'retry-after': header }));
      const began = performance.now();
      await assert.rejects(embedderOf().embed(['a']), unavailable);
      assert.ok(performance.now() - began < 4_000);
    }
    assert.equal(server.arrived.length, 2);
  });

  it('ends at its deadline, whatever the number of requests', async () => {
    server.next(...texts(20).map(() => isSilent));
    const began = performance.now();
    const limits = { REQUEST_MS: 5_000, DEADLINE_MS: 200, CONCURRENCY: 1 };
    await assert.rejects(embedderOf({}, limits).embed(texts(100)), unavailable);
    assert.ok(performance.now() - began < 4_000);
    assert.equal(server.arrived.length, 1);
  });

  it('is unavailable where nobody listens', async () => {
    await assert.rejects(embedderOf({ url: await deadUrl() }).embed(['a']), unavailable);
  });

  it('is unavailable at once after it was, and asks again with one call after a rest', async () => {
    const embedder = embedderOf({}, { MAX_TRIES: 1, REST_MS: 60_000 });
    server.next(says(503, {}));
    await assert.rejects(embedder.embed(['a']), unavailable);
    await assert.rejects(embedder.embed(['b']), unavailable);
    assert.deepEqual(await embedder.embed([]), []);
    assert.equal(server.arrived.length, 1);

    const soon = embedderOf({}, { MAX_TRIES: 1, REST_MS: 0 });
    server.next(says(503, {}));
    await assert.rejects(soon.embed(['a']), unavailable);
    assert.equal((await soon.embed(['b'])).length, 1);
  });

  for (const status of [400, 401, 403, 404, 413, 422]) {
    it(`does not try again after ${status}, which is a matter of the configuration`, async () => {
      const error = { message: `Incorrect key ${KEY}, text ${SECRET}`, code: 'some_code', type: SECRET };
      server.next(says(status, { error, request: { input: SECRET } }));
      const failure = await embedderOf()
        .embed([SECRET])
        .catch((each: unknown) => each);
      misconfigured(failure);
      assert.ok(failure instanceof OperationError && !failure.retryable);
      assert.match(String(failure.cause), new RegExp(`${status} some_code`), 'the log says what it was');
      assertDiscreet(failure);
      assert.equal(server.arrived.length, 1);
    });
  }

  it('does not try again after vectors of another length, which is a matter of the configuration', async () => {
    for (const vector of [[], [1, 1, 1], [1, 1, 1, 1, 1]]) {
      server.next(spoilt(vector));
      await assert.rejects(embedderOf().embed(['a']), misconfigured);
    }
    assert.equal(server.arrived.length, 3);
  });

  it('follows no redirection, which would take text and key elsewhere', async () => {
    const elsewhere = await embeddingServer(embeds());
    try {
      server.next(says(307, '', { location: `${elsewhere.url}/v1/embeddings` }));
      const failure = await embedderOf()
        .embed(['a'])
        .catch((error: unknown) => error);
      misconfigured(failure);
      assert.match(String((failure as Error).cause), /307 redirected$/);
      assert.equal(elsewhere.arrived.length, 0);
    } finally {
      await elsewhere.close();
    }
  });

  it('is stopped at once by the signal, with its reason, in the middle of a request', async () => {
    const controller = new AbortController();
    const gone = new Error('the caller is gone');
    server.next((request, response) => {
      response.once('close', () => server.arrived.push({ ...request, path: 'closed' }));
      controller.abort(gone);
    });
    await assert.rejects(embedderOf({}, { REQUEST_MS: 60_000 }).embed(['a'], controller.signal), gone);
  });

  it('is stopped at once by the signal in a pause, and while it waits for its turn', async () => {
    const controller = new AbortController();
    const gone = new Error('the caller is gone');
    const limits = { CONCURRENCY: 1, DEADLINE_MS: 60_000, REQUEST_MS: 60_000 };
    server.next((request, response) => {
      says(429, {}, { 'retry-after': '20' })(request, response);
      response.once('close', () => setImmediate(() => controller.abort(gone)));
    });
    const embedder = embedderOf({}, limits);
    const both = [embedder.embed(['a'], controller.signal), embedder.embed(['b'], controller.signal)];
    const began = performance.now();
    for (const each of both) await assert.rejects(each, gone);
    assert.ok(performance.now() - began < 5_000);
    assert.equal(server.arrived.length, 1);
    assert.equal((await embedder.embed(['c'])).length, 1, 'its place is free again');
  });

  it('does nothing for a call that is over before it begins', async () => {
    await assert.rejects(embedderOf().embed(['a'], AbortSignal.abort(new Error('gone'))), /gone/);
    assert.equal(server.arrived.length, 0);
  });

  it('gives up the other batches once one is refused', async () => {
    server.next(says(401, {}), isSilent, isSilent, isSilent);
    const limits = { REQUEST_MS: 60_000, DEADLINE_MS: 60_000 };
    const began = performance.now();
    await assert.rejects(embedderOf({}, limits).embed(texts(100)), misconfigured);
    assert.ok(performance.now() - began < 5_000);
  });

  it('has an id that tells models and lengths apart, short enough to be stored with each entry', () => {
    const idOf = (model: string, dimensions: number) => embedderOf({ model, dimensions }).id;
    assert.equal(idOf('text-embedding-3-small', 1536), 'openai:text-embedding-3-small:1536:8000');
    const long = 'organisation/'.repeat(10);
    const models = ['BAAI/bge-m3', 'baai/bge-m3', 'baai-bge-m3', `${long}a`, `${long}b`, 'm', '猫'];
    const ids = models.flatMap((model) => [idOf(model, 384), idOf(model, 1024)]);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z0-9._:-]{1,64}$/);
    assert.deepEqual(
      ids,
      models.flatMap((model) => [idOf(model, 384), idOf(model, 1024)]),
    );
  });
});

/** Nothing of an error, its causes and its stacks may tell text, key or address. */
function assertDiscreet(failure: unknown): void {
  let told = '';
  for (let each = failure; each instanceof Error; each = each.cause) {
    told += [each.message, each.stack, JSON.stringify(Object.values(each))].join('\n');
  }
  assert.ok(told.length > 0);
  for (const secret of [KEY, SECRET, '127.0.0.1']) assert.ok(!told.includes(secret), told);
}
