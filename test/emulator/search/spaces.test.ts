/** What is fair between spaces, languages and embedders, and true at once. */
import assert from 'node:assert/strict';
import type { MemorySearchResponse } from '../../../functions/src/contract/types.ts';
import { NO_EMBEDDER } from '../../../functions/src/core/index-plan.ts';
import { measure } from '../../../functions/src/storage/meter.ts';
import { languages } from '../../support/languages.ts';
import { addOrdered, byPlace } from '../../support/ordered-texts.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = () => callBy('ann');
const ids = ({ results }: MemorySearchResponse) => results.map(({ memory }) => memory.id);

describe('a search of spaces of unequal size', () => {
  it('weighs a word the same in all of them: a poor match in a tiny space does not win', async () => {
    const { manager } = openManager();
    const common = Array.from({ length: 40 }, (_, n) => ({
      id: `c${n}`,
      text: `The garden club met again ${n}`,
    }));
    const good = { id: 'good', text: 'The password of the garden gate is zeppelin' };
    await manager.add('large', { memories: [...common, good] }, ann());
    await manager.add('tiny', { memories: [{ id: 'poor', text: 'A garden' }] }, ann());
    for (const mode of ['keyword', 'hybrid'] as const) {
      const found = await manager.search(
        ['tiny', 'large'],
        { query: 'garden club password zeppelin', mode },
        ann(),
      );
      assert.equal(ids(found)[0], 'good', mode);
      const place = ids(found).indexOf('poor');
      assert.ok(place === -1 || place > 5, mode);
    }
  });
});

describe('a hybrid search in a language that the local embedder has not learnt', () => {
  for (const code of ['zh', 'ja', 'ko', 'ar', 'ru', 'th']) {
    it(`finds first what its words find: ${code}`, async () => {
      const { manager } = openManager();
      const { memories, questions } = languages().find((each) => each.code === code)!;
      const added = memories.map((text, n) => ({ id: `m${n}`, text }));
      await manager.add('space', { memories: added }, ann());
      for (const { text, answer } of questions) {
        const found = await manager.search(['space'], { query: text, limit: 1 }, ann());
        assert.deepEqual(ids(found), [`m${answer}`], text);
      }
    });
  }
});

describe('a long query', () => {
  it('is read to its end, also in a script of which each character is two words', async () => {
    const { manager } = openManager();
    const memories = languages()
      .find(({ code }) => code === 'zh')!
      .memories.map((text, n) => ({ id: `m${n}`, text }));
    await manager.add('space', { memories }, ann());
    const before = '今天天气很好,早上起床以后先喝了一杯茶,然后看了半个小时报纸。';
    const query = `${before.repeat(3)}钥匙在花盆下面吗?`;
    for (const mode of ['hybrid', 'keyword'] as const) {
      assert.equal(ids(await manager.search(['space'], { query, mode }, ann()))[0], 'm10', mode);
    }
  });
});

describe('a change of a memory', () => {
  it('is found by the very next search, by its words and by its meaning', async () => {
    const { manager } = openManager();
    const others = ['We adopted a puppy called Rex.', 'The report is due on Friday.'];
    const memories = [...others, 'I must not eat peanuts.'].map((text, n) => ({ id: `m${n}`, text }));
    await manager.add('space', { memories }, ann());
    await manager.update('space', { id: 'm2', changes: { text: 'The tractor needs new tyres.' } }, ann());
    for (const mode of ['hybrid', 'semantic'] as const) {
      const best = async (query: string) =>
        ids(await manager.search(['space'], { query, mode, limit: 1 }, ann()))[0];
      assert.equal(await best('Which farm vehicle has worn wheels?'), 'm2', mode);
      const { results } = await manager.search(['space'], { query: 'peanuts', mode, minScore: 0.5 }, ann());
      assert.deepEqual(results, [], mode);
    }
  });
});

describe('a search that cannot compare all memories', () => {
  const notices = async (
    manager: ReturnType<typeof openManager>['manager'],
    query: string,
    mode?: 'semantic' | 'keyword',
  ) => (await manager.search(['space'], { query, ...(mode && { mode }) }, ann())).notices;

  it('says so by meaning alone, and where the query has no words', async () => {
    const { manager, tenantId } = openManager(undefined, undefined, byPlace());
    await addOrdered(manager, 'space', 3);
    assert.equal(await notices(manager, 'tea', 'semantic'), undefined);
    const { index } = spaceOf(tenantId, 'space');
    await index.doc('m0').update({ embedder: NO_EMBEDDER, semantic: Buffer.alloc(0) });
    assert.deepEqual(await notices(manager, 'tea', 'semantic'), ['not-embedded']);
    assert.deepEqual(await notices(manager, 'who are you?'), ['not-embedded']);
    assert.equal(await notices(manager, 'tea'), undefined, 'it has been compared by its words');
    assert.equal(await notices(manager, 'tea', 'keyword'), undefined);
  });

  it('says so where there are more embedders than it looks for', async () => {
    const { manager, tenantId } = openManager(undefined, undefined, byPlace());
    await addOrdered(manager, 'space', 5);
    const { index } = spaceOf(tenantId, 'space');
    for (const n of [0, 1, 2]) await index.doc(`m${n}`).update({ embedder: `old-${n}` });
    assert.equal(await notices(manager, 'tea'), undefined);
    const search = () => manager.search(['space'], { query: 'tea' }, ann());
    const { result, footprint } = measure(testDatabase(), search);
    assert.equal((await result).results.length, 5);
    const [entries, truths, scans, looks] = [5, 5, 1 + 3, 3 + 1];
    assert.equal(footprint()?.reads, entries + truths + scans + looks);
    await index.doc('m3').update({ embedder: 'old-3' });
    assert.deepEqual(await notices(manager, 'tea'), ['not-embedded']);
  });
});
