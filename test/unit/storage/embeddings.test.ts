import assert from 'node:assert/strict';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';

/** An embedder that remembers what it was asked for. */
function asked() {
  const texts: string[] = [];
  const embedder: Embedder = {
    id: 'counting',
    dimensions: 1,
    embed: async (wanted) => {
      texts.push(...wanted);
      return wanted.map(() => [1]);
    },
  };
  return { texts, cache: new EmbeddingCache(embedder) };
}

const many = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);

describe('the embeddings that are kept', () => {
  it('hold all that was just asked for, new or known, however many were made before', async () => {
    const { cache } = asked();
    await cache.prepare(many(501));
    await cache.prepare(['new', 't7']);
    assert.ok(cache.of('t7'));
    assert.ok(cache.of('new'));
  });

  it('hold more than they have room for where one call asks for more', async () => {
    const { cache } = asked();
    await cache.prepare(many(700));
    for (const text of many(700)) assert.ok(cache.of(text), text);
  });

  it('forget first what was asked for longest ago, and are not asked to make the others again', async () => {
    const { cache, texts } = asked();
    await cache.prepare(many(500));
    await cache.prepare(['t0']);
    await cache.prepare(['new']);
    assert.equal(cache.of('t1'), undefined);
    texts.length = 0;
    await cache.prepare(['t0', 't2', 't499', 'new']);
    assert.deepEqual(texts, []);
  });

  it('keep for a transaction what it has, when it lacks one more', async () => {
    const { cache } = asked();
    await cache.prepare(many(450));
    const chunk = Array.from({ length: 50 }, (_, n) => `chunk${n}`);
    await cache.prepare(chunk);
    await cache.prepare(['lacking']);
    for (const text of [...chunk, 'lacking']) assert.ok(cache.of(text), text);
  });
});
