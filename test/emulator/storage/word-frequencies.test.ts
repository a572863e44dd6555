import assert from 'node:assert/strict';
import { SEARCH, WORD_SAMPLE } from '../../../functions/src/config.ts';
import { idf } from '../../../functions/src/core/bm25.ts';
import { queryVector } from '../../../functions/src/core/joined-vector.ts';
import { queryTokens } from '../../../functions/src/core/late-interaction.ts';
import { rank } from '../../../functions/src/core/ranking.ts';
import { tokenize } from '../../../functions/src/core/tokens.ts';
import { embedWithTokens } from '../../../functions/src/search/embedder.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FieldValue } from '../../../functions/src/storage/database.ts';
import { decodeEntry } from '../../../functions/src/storage/entry-codec.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import type { OperationLog } from '../../../functions/src/storage/operation-log.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { someMemories } from '../../support/some-memories.ts';
import { callBy, freshId, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const NOW = Date.now();
const MINUTE = 60_000;
const annAt = (later: number) => callBy('ann', { now: NOW + later });

/** A manager on a fresh tenant with some memories, and what its searches read. */
async function open() {
  const reads: (number | undefined)[] = [];
  const ended: OperationLog['ended'] = (end) => {
    if (end.operation === 'memory.search') reads.push(end.reads);
  };
  const tenantId = freshId('tenant');
  const log = { ended, failed: () => undefined };
  const config = { database: testDatabase(), tenantId, cursorSecret: 's'.repeat(43), embedder, log };
  const manager = new FirestoreMemoryManager(config);
  const paths = spaceOf(tenantId, 's');
  await someMemories(manager, 's', annAt(0));
  const search = (query: string, later: number, mode: 'hybrid' | 'keyword' = 'hybrid') =>
    manager.search(['s'], { query, mode, limit: 5, explain: true }, annAt(later));
  const builtAt = async () => Number((await paths.words.get()).get('builtAt')?.toMillis()) - NOW;
  return { manager, tenantId, paths, search, reads, builtAt };
}

/** More entries, as simple as search takes them: by default without anything that a sample could take. */
async function addEntries({ paths }: Awaited<ReturnType<typeof open>>, count: number, fields: object) {
  const batch = testDatabase().batch();
  for (let n = 0; n < count; n += 1)
    batch.set(paths.entry(`more-${n}`), { terms: ['tea', 'more'], ...fields });
  await batch.commit();
}

describe('how often words occur in a space', () => {
  it('is read from its entries by the first search, and by the following ones of the instance from nowhere', async () => {
    const { search, reads, builtAt } = await open();
    const [first, second] = [await search('tea', 0), await search('tea', 1_000)];
    assert.deepEqual(second, first);
    // Other embedders 1, the nearest entries 20, scanned 1, the memories 5; before that the document, 20 entries, the
    // space.
    assert.deepEqual(reads, [27 + 1 + 20 + 1, 27]);
    assert.equal(await builtAt(), 0);
  });

  it('ranks as the exact counts do', async () => {
    const { search, paths } = await open();
    const entries = (await paths.index.get()).docs.flatMap((document) => {
      const entry = decodeEntry(document);
      return entry === null ? [] : [{ ...entry, id: document.id }];
    });
    for (const query of [
      'tea',
      'what does Ann know about chess?',
      'a note on old maps and tea',
      'Oslo rain',
    ]) {
      const terms = [...new Set(tokenize(query))];
      const count = (term: string) => entries.filter((entry) => entry.terms.includes(term)).length;
      const idfs = new Map(terms.map((term) => [term, idf(entries.length, count(term))]));
      const [embedding] = await embedWithTokens(embedder, [query], undefined, 'query');
      const { vector: semantic, tokens: found = [] } = embedding ?? { vector: null };
      const tokens = queryTokens(query, found, idfs);
      for (const mode of ['hybrid', 'keyword'] as const) {
        const exact = rank(entries, { mode, idfs, semantic, tokens, known: 1, now: NOW });
        const { results } = await search(query, 0, mode);
        const got = results.map(({ memory, score, parts }) => ({ id: memory.id, score, parts }));
        assert.deepEqual(got, exact.slice(0, 5));
      }
    }
  });

  it('is told anew when the space has grown, and not before', async () => {
    const world = await open();
    const { search, builtAt, reads } = world;
    await search('tea', 0);
    await search('tea', MINUTE);
    assert.equal(await builtAt(), 0, 'it has as many entries');
    assert.equal(reads.at(-1), 27 + 2, 'the document, the count');
    await addEntries(world, 3, { contentHash: 'h' });
    await search('tea', MINUTE + 1);
    assert.equal(await builtAt(), 0, 'the instance has just looked');
    await search('tea', 2 * MINUTE);
    assert.equal(await builtAt(), 2 * MINUTE);
    assert.match(String((await world.paths.words.get()).get('words')), / more /);
  });

  it('is told anew after a day, and where the document is damaged or of another format', async () => {
    const { search, builtAt, paths } = await open();
    await search('tea', 0);
    await search('tea', WORD_SAMPLE.MAX_AGE_MS);
    assert.equal(await builtAt(), WORD_SAMPLE.MAX_AGE_MS);
    for (const [n, damage] of [{ words: 1 }, { sampled: -1 }, { format: 0 }, { builtAt: null }].entries()) {
      await paths.words.update(damage);
      const later = WORD_SAMPLE.MAX_AGE_MS + (n + 1) * MINUTE;
      assert.equal((await search('tea', later)).results.length, 5);
      assert.equal(await builtAt(), later);
    }
  });

  it('leaves staged entries out', async () => {
    const world = await open();
    await addEntries(world, 30, { staged: { by: 'x' } });
    await world.search('tea', 0);
    const document = await world.paths.words.get();
    assert.deepEqual([document.get('sampled'), document.get('total')], [20, 20]);
    assert.doesNotMatch(String(document.get('words')), / more /);
  });

  it('of a large space is told by a part of it, with the number of all', async () => {
    const world = await open();
    for (let n = 0; n < 3; n += 1) {
      const batch = testDatabase().batch();
      for (let k = 0; k < 400; k += 1) {
        const terms = ['many', k % 2 === 0 ? 'even' : 'odd'];
        batch.set(world.paths.entry(`e-${n}-${k}`), { terms, contentHash: `h${(k * 7919) % 400}` });
      }
      await batch.commit();
    }
    await world.search('tea', 0);
    const document = await world.paths.words.get();
    assert.deepEqual([document.get('sampled'), document.get('total')], [WORD_SAMPLE.ENTRIES, 1_220]);
  });
});

describe('the document of word frequencies', () => {
  it('is not stored for a space that is being deleted, whose search goes on', async () => {
    const { search, paths } = await open();
    await paths.space.set({ kind: 'deleting', was: 'shared', jobId: 'j' });
    assert.equal((await search('tea', 0)).results.length, 5);
    assert.equal((await paths.words.get()).exists, false);
    await paths.space.set({ kind: 'shared', name: 'S' });
    await search('tea', MINUTE);
    assert.equal((await paths.words.get()).exists, true);
  });

  it('does not outlive the memories that it was made of', async () => {
    const { search, paths, manager } = await open();
    await search('tea', 0);
    for (const { id } of (await paths.memories.get()).docs) await manager.delete('s', { id }, annAt(0));
    assert.deepEqual((await search('tea', MINUTE)).results, []);
    assert.equal((await paths.words.get()).exists, false);
    const { results } = await search('tea', MINUTE);
    assert.deepEqual(results, []);
  });

  it('of another tenant makes no difference', async () => {
    const [one, other] = [await open(), await open()];
    await addEntries(other, 3, { contentHash: 'h' });
    await other.search('tea', 0);
    const { results } = await one.search('tea', 0);
    const alone = await open();
    const scores = (found: typeof results) => found.map(({ score }) => score);
    assert.deepEqual(scores(results), scores((await alone.search('tea', 0)).results));
  });
});

describe('a word that no sample knows yet', () => {
  const text = 'The boiler said E4711';
  const query = 'E4711';

  /** More entries than any search takes, all of them nearer to the query than a memory can be. */
  async function addNearer(paths: SpacePaths) {
    const [semantic = null] = await embedder.embed([query], undefined, 'query');
    const nearest = queryVector(new Map(tokenize(query).map((term) => [term, 1])), semantic, 'hybrid') ?? [];
    const vector = FieldValue.vector(nearest.map((value) => 100 * value));
    for (let n = 0; n <= SEARCH.NEAREST_FILTERED; n += 250) {
      const batch = testDatabase().batch();
      for (let k = n; k < n + 250; k += 1)
        batch.set(paths.entry(`near-${k}`), { vector, embedder: embedder.id });
      await batch.commit();
    }
  }

  it('finds its memory with the very next search, however many others are nearer', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    const others = Array.from({ length: 20 }, (_, n) => ({ text: `The boiler said nothing ${n}` }));
    await manager.add('s', { memories: others }, annAt(0));
    await addNearer(paths);
    const ids = async (mode: 'hybrid' | 'keyword') => {
      const { results, notices } = await manager.search(['s'], { query, mode }, annAt(0));
      return { ids: results.map(({ memory }) => memory.id), notices };
    };
    assert.deepEqual(await ids('keyword'), { ids: [], notices: undefined }, 'and it is sure of that');
    assert.ok((await paths.words.get()).exists);
    await manager.add('s', { memories: [{ id: 'new', text }] }, annAt(0));
    assert.deepEqual(await ids('keyword'), { ids: ['new'], notices: undefined });
    assert.deepEqual((await ids('hybrid')).ids, ['new']);
  });

  it('finds its memory where a filter keeps out others that have it too', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    await addNearer(paths);
    await manager.add('s', { memories: [{ text: 'a first memory' }] }, annAt(0));
    const filter = { NOT: { kind: 'fact' } };
    const ids = async () => {
      const { results } = await manager.search(['s'], { query, filter }, annAt(0));
      return results.map(({ memory }) => memory.id);
    };
    assert.deepEqual(await ids(), [], 'and the sample is made');
    const others = Array.from({ length: 2 * SEARCH.RARE_LOOKUPS }, (_, n) => ({
      id: `a${n}`,
      text: `${text} ${n}`,
    }));
    await manager.add('s', { memories: [...others, { id: 'z', text, kind: 'note' }] }, annAt(0));
    assert.deepEqual(await ids(), ['z']);
  });

  it('is not said to be in no other memory where more were found than a search may take', async () => {
    const { manager, tenantId } = openManager();
    const paths = spaceOf(tenantId, 's');
    await addNearer(paths);
    await manager.add('s', { memories: [{ text: 'a first memory' }] }, annAt(0));
    await manager.search(['s'], { query, mode: 'keyword' }, annAt(0));
    const batch = testDatabase().batch();
    for (let n = 0; n < SEARCH.MORE_LOOKUPS; n += 1) {
      batch.set(paths.entry(`unsound-${n}`), { terms: tokenize(query) });
    }
    await batch.commit();
    const { results, notices } = await manager.search(['s'], { query, mode: 'keyword' }, annAt(0));
    assert.deepEqual([results, notices], [[], ['candidate-bound']]);
  });
});
