import assert from 'node:assert/strict';
import { rememberingEmbedder } from '../../../functions/src/search/cached-embedder.ts';
import type { Embedder, EmbeddingPurpose } from '../../../functions/src/search/embedder.ts';

/** A call of the inner embedder, to be answered when the test says so. */
interface Asked {
  readonly texts: readonly string[];
  readonly purpose: EmbeddingPurpose | undefined;
  readonly signal: AbortSignal | undefined;
  answer(): void;
  fail(error: Error): void;
}

/** An embedder that notes what it is asked for; unless it is `held`, it answers at once. */
function noting(held = false): { inner: Embedder; asked: Asked[]; texts: () => string[][] } {
  const asked: Asked[] = [];
  const inner: Embedder = {
    id: 'noting',
    dimensions: 2,
    maxBatch: 7,
    embed: (texts, signal, purpose) => {
      const { promise, resolve, reject } = Promise.withResolvers<number[][]>();
      signal?.addEventListener('abort', () => reject(signal.reason));
      const answer = () => resolve(texts.map((text) => [text.length, purpose === 'query' ? 1 : 0]));
      asked.push({ texts, purpose, signal, answer, fail: reject });
      if (!held) answer();
      return promise;
    },
  };
  return { inner, asked, texts: () => asked.map(({ texts }) => [...texts]) };
}

describe('the embedder that remembers', () => {
  it('is known by the id, the dimensions and the batches of the one inside', () => {
    const { id, dimensions, maxBatch } = rememberingEmbedder(noting().inner).scoped('a');
    assert.deepEqual([id, dimensions, maxBatch], ['noting', 2, 7]);
  });

  it('embeds a text once for a scope, and of several texts only the new ones, all at once', async () => {
    const { inner, texts } = noting();
    const embedder = rememberingEmbedder(inner).scoped('acme', 'ann');
    assert.deepEqual(await embedder.embed(['a', 'bb']), [
      [1, 0],
      [2, 0],
    ]);
    assert.deepEqual(await embedder.embed(['ccc', 'bb', 'ccc', 'a', 'dddd']), [
      [3, 0],
      [2, 0],
      [3, 0],
      [1, 0],
      [4, 0],
    ]);
    assert.deepEqual(await embedder.embed([]), []);
    assert.deepEqual(texts(), [
      ['a', 'bb'],
      ['ccc', 'dddd'],
    ]);
  });

  it('remembers across the embedders of one scope, and never across scopes', async () => {
    const { inner, texts } = noting();
    const memory = rememberingEmbedder(inner);
    await memory.scoped('acme', 'ann').embed(['a']);
    await memory.scoped('acme', 'ann').embed(['a']);
    assert.equal(texts().length, 1);
    await memory.scoped('acme', 'bob').embed(['a']);
    await memory.scoped('globex', 'ann').embed(['a']);
    await memory.scoped('acmeann').embed(['a']);
    await memory.scoped('acme","ann').embed(['a']);
    assert.equal(texts().length, 5);
  });

  it('takes a query for another thing than a document', async () => {
    const { inner, texts } = noting();
    const embedder = rememberingEmbedder(inner).scoped('a');
    assert.deepEqual(await embedder.embed(['a'], undefined, 'query'), [[1, 1]]);
    assert.deepEqual(await embedder.embed(['a']), [[1, 0]]);
    assert.deepEqual(await embedder.embed(['a'], undefined, 'document'), [[1, 0]]);
    assert.equal(texts().length, 2);
  });

  it('forgets what was not asked for the longest time', async () => {
    const { inner, texts } = noting();
    const embedder = rememberingEmbedder(inner, 2).scoped('a');
    await embedder.embed(['a', 'b']);
    await embedder.embed(['a']);
    await embedder.embed(['c']);
    await embedder.embed(['a', 'c']);
    assert.equal(texts().length, 2);
    await embedder.embed(['b']);
    assert.equal(texts().length, 3);
  });

  it('answers all of a call whose texts are more than it can remember', async () => {
    const embedder = rememberingEmbedder(noting().inner, 1).scoped('a');
    assert.deepEqual(await embedder.embed(['a', 'bb', 'ccc']), [
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it('gives each caller a vector of its own', async () => {
    const embedder = rememberingEmbedder(noting().inner).scoped('a');
    const [vector] = await embedder.embed(['a']);
    vector![0] = 99;
    assert.deepEqual(await embedder.embed(['a']), [[1, 0]]);
  });

  it('embeds once what is asked for at the same time', async () => {
    const { inner, asked, texts } = noting(true);
    const embedder = rememberingEmbedder(inner).scoped('a');
    const first = embedder.embed(['a', 'bb']);
    const second = embedder.embed(['bb', 'ccc']);
    for (const each of asked) each.answer();
    assert.deepEqual(await Promise.all([first, second]), [
      [
        [1, 0],
        [2, 0],
      ],
      [
        [2, 0],
        [3, 0],
      ],
    ]);
    assert.deepEqual(texts(), [['a', 'bb'], ['ccc']]);
  });

  it('tells a failure to all who wait, and remembers none', async () => {
    const { inner, asked } = noting(true);
    const embedder = rememberingEmbedder(inner).scoped('a');
    const both = [embedder.embed(['a']), embedder.embed(['a', 'b'])];
    for (const each of asked) each.fail(new Error('no luck'));
    for (const each of both) await assert.rejects(each, /no luck/);
    const again = embedder.embed(['a']);
    asked.at(-1)!.answer();
    assert.deepEqual(await again, [[1, 0]]);
  });

  it('goes on for those who still wait when another one is gone, and stops when all are', async () => {
    const { inner, asked } = noting(true);
    const embedder = rememberingEmbedder(inner).scoped('a');
    const [ann, bob] = [new AbortController(), new AbortController()];
    const first = embedder.embed(['a', 'bb'], ann.signal);
    const second = embedder.embed(['a'], bob.signal);
    ann.abort(new Error('ann is gone'));
    await assert.rejects(first, /ann is gone/);
    assert.equal(asked[0]?.signal?.aborted, false);
    bob.abort(new Error('bob is gone'));
    await assert.rejects(second, /bob is gone/);
    assert.equal(asked[0]?.signal?.aborted, true);
    assert.equal(asked.length, 1);

    const third = embedder.embed(['a']);
    assert.equal(asked.length, 2, 'what was stopped is begun anew');
    asked[1]!.answer();
    assert.deepEqual(await third, [[1, 0]]);
  });

  it('does nothing for a call that is over before it begins', async () => {
    const { inner, asked } = noting();
    const embedder = rememberingEmbedder(inner).scoped('a');
    await assert.rejects(embedder.embed(['a'], AbortSignal.abort(new Error('gone'))), /gone/);
    assert.equal(asked.length, 0);
  });
});
