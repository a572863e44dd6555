import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DEFAULTS, LIMITS } from '../../../functions/src/config.ts';
import type { Json, MemoryInput } from '../../../functions/src/contract/types.ts';
import { commitBytes, fitsOneCommit } from '../../../functions/src/core/commit-size.ts';
import { MAX_TOKENS } from '../../../functions/src/core/late-interaction.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import { foreseeAdd, presumeAdd } from '../../../functions/src/storage/mutations.ts';
import { tenantPaths } from '../../../functions/src/storage/paths.ts';
import { mutate } from '../../../functions/src/storage/write-path.ts';
import { openWeighingLink, type WeighingLink } from '../../support/weighing-link.ts';

const LONGEST_ID = 'i'.repeat(LIMITS.MAX_ID_LENGTH);

/** Tells a vector for each letter that could begin a word, as many as are kept. */
const embedder: Embedder = {
  id: 'e'.repeat(64),
  dimensions: 384,
  embed: async (texts) => texts.map(() => new Array<number>(384).fill(0.05)),
  embedTokens: async (texts) =>
    texts.map((text) => {
      const places = [...text.matchAll(/\S/g)].slice(0, 4 * MAX_TOKENS).map(({ index }) => index);
      const vector = new Array<number>(384).fill(0.05);
      return { vector, tokens: places.map((start) => ({ start, end: start + 1, vector })) };
    }),
};

/** Strings of up to so many bytes, of all sorts of characters, those that are escaped in paths among them. */
const textOf = (maxBytes: number) =>
  fc
    .tuple(
      fc
        .constantFrom(
          fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
          fc
            .array(fc.integer({ min: 0x4e00, max: 0x9fff }), { minLength: 1, maxLength: 90 })
            .map((codes) => String.fromCodePoint(...codes)),
          fc.string({ unit: fc.constantFrom('`', '\\', 'a', ' ', '1'), minLength: 1, maxLength: 90 }),
        )
        .chain((arbitrary) => arbitrary),
      fc.integer({ min: 1, max: maxBytes }),
    )
    .map(([piece, bytes]) => {
      const repeated = piece.repeat(Math.ceil(bytes / Buffer.byteLength(piece)));
      return `x${new TextDecoder().decode(Buffer.from(repeated).subarray(0, Math.max(0, bytes - 4)))}`;
    });

const json = (): fc.Arbitrary<Json> =>
  fc.oneof(
    fc.constantFrom<Json>(-1, 0, 1, 0.5, null, true, '', {}, []),
    fc.array(fc.constantFrom<Json>(-1, 0.5, 7, 'x'), { maxLength: 400 }),
    textOf(4_000),
  );

const label = textOf(1_000).map((text) => [...text].slice(0, 120).join(''));

const memory: fc.Arbitrary<MemoryInput> = fc.record(
  {
    text: textOf(6_000),
    kind: fc.constantFrom('message', 'k'.repeat(32)),
    tags: fc.uniqueArray(
      textOf(192).map((text) => text.slice(0, LIMITS.MAX_TAG_LENGTH)),
      { maxLength: LIMITS.MAX_TAGS },
    ),
    persona: label,
    source: label,
    metadata: fc.dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }), json(), {
      maxKeys: 30,
    }),
    sessionId: fc.constant(LONGEST_ID),
    agentId: fc.constant(LONGEST_ID),
    expiresAt: fc.constant('2999-01-01T00:00:00.123Z'),
  },
  { requiredKeys: ['text'] },
);

describe('the size of a commit', () => {
  let link: WeighingLink;
  before(async () => {
    link = await openWeighingLink('d'.repeat(60));
  });
  after(() => link.close());

  /** Bytes that the SDK sends for an add, with ids as long as they may be. */
  async function weigh(inputs: readonly MemoryInput[]): Promise<number> {
    const paths = tenantPaths(link.database, LONGEST_ID).space(LONGEST_ID);
    const call = { actor: LONGEST_ID, now: Date.UTC(2026, 4, 17) };
    const additions = inputs.map((input, n) => ({ input, id: `${n}`.padStart(LIMITS.MAX_ID_LENGTH, '0') }));
    const embeddings = new EmbeddingCache(embedder);
    await embeddings.prepare(foreseeAdd(paths, additions, call));
    const presumed = presumeAdd(paths, { additions, dedupe: 'off' }, call);
    await mutate(link.database, embeddings, {
      identity: { operation: 'memory.add', key: 'k', body: null },
      paths,
      call,
      ids: [],
      keeping: { receiptMs: DEFAULTS.RECEIPT_MS, retentionMs: DEFAULTS.RETENTION_MS },
      presumed: { ...presumed, claims: 'any' },
      decide: () => assert.fail('The commit was to be enough.'),
    });
    return link.bytes;
  }

  it('is at most what was told before, whatever the memories are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(memory, { minLength: 1, maxLength: 6 }), async (inputs) => {
        const bytes = await weigh(inputs);
        const told = commitBytes(inputs);
        assert.ok(bytes <= told, `${bytes} bytes, told ${told}`);
      }),
      { numRuns: 150, interruptAfterTimeLimit: 8_000, seed: 20_240_517 },
    );
  }).timeout(30_000);

  it('is below its limit where the add is not staged: tags, labels and metadata count wherever they are written', async () => {
    const han = (n: number, length: number) => String.fromCodePoint(0x4e00 + n).repeat(length);
    const many = Array.from({ length: LIMITS.MAX_BATCH }, (_, n) => ({
      text: `m${n} `.padEnd(1_200, 'word '),
      metadata: { note: 'x'.repeat(8_100) },
      tags: Array.from({ length: LIMITS.MAX_TAGS }, (_, tag) => han(n * LIMITS.MAX_TAGS + tag, 64)),
      persona: han(n, 256),
      source: han(n, 256),
    }));
    assert.equal(fitsOneCommit(many), false);
    const most = many.findIndex((_, n) => !fitsOneCommit(many.slice(0, n + 1)));
    const bytes = await weigh(many.slice(0, most));
    assert.ok(bytes <= LIMITS.MAX_COMMIT_BYTES, `${bytes} bytes`);
    assert.ok(bytes > LIMITS.MAX_COMMIT_BYTES / 2, `${bytes} bytes`);
  }).timeout(30_000);
});
