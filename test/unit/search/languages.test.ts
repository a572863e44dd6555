import assert from 'node:assert/strict';
import type { SearchMode } from '../../../functions/src/contract/types.ts';
import { planIndex, textToEmbed } from '../../../functions/src/core/index-plan.ts';
import { queryVector, SEMANTIC_DIMENSIONS } from '../../../functions/src/core/joined-vector.ts';
import { queryTokens } from '../../../functions/src/core/late-interaction.ts';
import { createMemory } from '../../../functions/src/core/memory.ts';
import { type Candidate, rank } from '../../../functions/src/core/ranking.ts';
import { tokenize } from '../../../functions/src/core/tokens.ts';
import { idfsOf, sampleWords, statisticsOf } from '../../../functions/src/core/word-sample.ts';
import { localEmbedder } from '../../../functions/src/search/local-embedder.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import { languages, OTHER_SCRIPTS } from '../../support/languages.ts';

const embedder = localEmbedder();
const LANGUAGES = languages();

/** The entries of some texts, each by its place. */
async function entriesOf(texts: readonly string[]): Promise<Candidate[]> {
  const cache = new EmbeddingCache(embedder);
  const entries: Candidate[] = [];
  for (const [place, text] of texts.entries()) {
    const birth = { actor: 'a', tenant: 't', space: 's', id: String(place), version: 1, place, now: 0 };
    const record = createMemory({ text, occurredAt: '2024-05-01T00:00:00.000Z' }, birth);
    await cache.prepare([textToEmbed(record.memory)]);
    const plan = planIndex(record, null, cache);
    assert.equal(plan.action, 'write');
    if (plan.action === 'write') entries.push({ ...plan.entry, id: String(place) });
  }
  return entries;
}

/** The places of these entries, best first. */
async function ask(entries: readonly Candidate[], text: string, mode: SearchMode): Promise<number[]> {
  const [embedding] = await embedder.embedTokens([text]);
  const { vector, tokens = [], known = 1 } = embedding!;
  const terms = [...new Set(tokenize(text))];
  const sample = sampleWords(
    entries.map((entry) => entry.terms),
    entries.length,
  );
  const idfs = idfsOf([statisticsOf(sample, terms)]);
  const query = {
    mode,
    idfs,
    semantic: vector,
    tokens: queryTokens(text, tokens, idfs),
    known,
    now: 0,
  };
  return rank(entries, query).map(({ id }) => Number(id));
}

describe('a question in any language', () => {
  for (const { code, memories, questions } of LANGUAGES) {
    it(`finds first what its words and its meaning together find, or its words alone: ${code}`, async () => {
      const entries = await entriesOf(memories);
      for (const { text, answer } of questions) {
        assert.equal((await ask(entries, text, 'keyword'))[0], answer, text);
        assert.equal((await ask(entries, text, 'hybrid'))[0], answer, text);
      }
    });
  }

  it('finds a word in another form, where its letters are all that the embedder knows', async () => {
    const { memories } = LANGUAGES.find(({ code }) => code === 'ru')!;
    const entries = await entriesOf(memories);
    for (const [word, answer] of [
      ['арахисом', 3],
      ['горшками', 10],
      ['пауками', 15],
      ['кошельки', 19],
      ['бабушкины пироги с яблоками', 5],
    ] as const) {
      assert.ok((await ask(entries, word, 'hybrid')).indexOf(answer) < 3, word);
    }
  });

  it('is one that the local embedder knows by its script: a tenth of what is not in Latin letters', async () => {
    const known = async (text: string) => (await embedder.embedTokens([text]))[0]!.known!;
    const rounded = async (text: string) => Math.round(100 * (await known(text))) / 100;
    for (const text of ['Where is the cat?', 'Où est la clé ?', '', '?!', '🎉', '1984']) {
      assert.equal(await known(text), 1, text);
    }
    for (const { code, questions } of LANGUAGES) {
      const expected = OTHER_SCRIPTS.includes(code) ? 0.1 : 1;
      assert.equal(await rounded(questions[0]!.text), expected, code);
    }
    const mixed = await known('Tom 的猫');
    assert.ok(mixed > 0.1 && mixed < 1);
  });

  it('looks for candidates by its meaning as far as that is known', () => {
    const semantic = Array.from({ length: SEMANTIC_DIMENSIONS }, (_, place) => (place === 0 ? 1 : 0));
    const meaningOf = (idfs: ReadonlyMap<string, number>, known: number) =>
      queryVector(idfs, semantic, 'hybrid', known)!.slice(-SEMANTIC_DIMENSIONS)[0];
    assert.equal(meaningOf(new Map([['猫', 1]]), 0.1), 0.1);
    assert.equal(meaningOf(new Map([['cat', 1]]), 1), 1);
    assert.equal(meaningOf(new Map(), 0.1), 1, 'which is all that there is');
  });
});
