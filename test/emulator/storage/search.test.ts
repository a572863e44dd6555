import assert from 'node:assert/strict';
import { callBy, freshId, openManager, spaceOf } from '../../support/storage.ts';

const ann = () => callBy('ann');

const FACTS = [
  'I am allergic to peanuts and carry an injector.',
  'My sister Ingrid moved to Bergen last spring.',
  'We adopted a puppy called Rex from the shelter.',
  'The quarterly report is due on Friday.',
  'Ich trinke morgens gern schwarzen Kaffee.',
  '私は東京で寿司を食べるのが好きです。',
];

describe('search', () => {
  it('finds a memory with the very next call after the add, by its meaning and by its words', async () => {
    const { manager } = openManager();
    const memories = FACTS.map((text, n) => ({ id: `f${n}`, text }));
    await manager.add('space', { memories }, ann());
    const best = async (query: string, mode: 'hybrid' | 'semantic' | 'keyword') =>
      (await manager.search(['space'], { query, mode, limit: 1 }, ann())).results[0]?.memory.id;
    assert.equal(await best('Which pet do we have?', 'hybrid'), 'f2');
    assert.equal(await best('Which pet do we have?', 'semantic'), 'f2');
    assert.equal(await best('peanut', 'keyword'), 'f0');
    assert.equal(await best('Kaffee', 'hybrid'), 'f4');
    assert.equal(await best('寿司', 'keyword'), 'f5');
    assert.equal(await best('zeppelin', 'keyword'), undefined);
  });

  it('finds no longer what a memory said before a change, nor a deleted memory', async () => {
    const { manager } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'The code word is zeppelin' }] }, ann());
    const ids = async (query: string) =>
      (await manager.search(['space'], { query, mode: 'keyword' }, ann())).results.map(
        ({ memory }) => memory.id,
      );
    assert.deepEqual(await ids('zeppelin'), ['m']);
    await manager.update('space', { id: 'm', changes: { text: 'The code word is submarine' } }, ann());
    assert.deepEqual(await ids('zeppelin'), []);
    assert.deepEqual(await ids('submarine'), ['m']);
    await manager.delete('space', { id: 'm' }, ann());
    assert.deepEqual(await ids('submarine'), []);
  });

  it('filters exactly, also where what passes is far from the nearest', async () => {
    const { manager } = openManager();
    const crowd = (n: number) =>
      Array.from({ length: 100 }, (_, k) => ({ text: `I had coffee, cup ${n} ${k}` }));
    await manager.add('space', { memories: crowd(1) }, ann());
    await manager.add('space', { memories: crowd(2) }, ann());
    const odd = { id: 'odd', text: 'The tractor is red', metadata: { wanted: true } };
    await manager.add('space', { memories: [odd] }, ann());
    const { results } = await manager.search(
      ['space'],
      { query: 'a cup of coffee', filter: { 'metadata.wanted': true } },
      ann(),
    );
    assert.deepEqual(
      results.map(({ memory }) => memory.id),
      ['odd'],
    );
  });

  it('searches several spaces at once, best first, and no other', async () => {
    const { manager } = openManager();
    await manager.add('one', { memories: [{ text: 'Rex is our dog' }] }, ann());
    await manager.add('two', { memories: [{ text: 'Our dog Rex barks at the postman' }] }, ann());
    await manager.add('three', { memories: [{ text: 'Rex the dog lives here too' }] }, ann());
    const { results } = await manager.search(['one', 'two'], { query: 'dog Rex' }, ann());
    assert.deepEqual(new Set(results.map(({ memory }) => memory.space)), new Set(['one', 'two']));
    assert.ok(results[0]!.score >= results[1]!.score);
  });

  it('explains scores, prefers what is recent and important where asked, and honours minScore', async () => {
    const { manager } = openManager();
    const text = (n: number) => `The meeting about the budget, part ${n}`;
    const memories = [
      { id: 'old', text: text(1), occurredAt: '2020-01-01T00:00:00Z', importance: 1 },
      { id: 'new', text: text(2), importance: 0 },
    ];
    await manager.add('space', { memories }, ann());
    const search = async (extra: object) =>
      (await manager.search(['space'], { query: 'budget meeting', explain: true, ...extra }, ann())).results;
    const recent = await search({ recency: { halfLifeDays: 30, weight: 1 } });
    assert.equal(recent[0]?.memory.id, 'new');
    const important = await search({ importanceWeight: 1 });
    assert.equal(important[0]?.memory.id, 'old');
    for (const { score, parts } of [...recent, ...important]) {
      const sum = Object.values(parts!).reduce((total: number, part: number) => total + part, 0);
      assert.ok(Math.abs(score - sum) < 1e-9);
    }
    assert.deepEqual(await search({ minScore: 5 }), []);
  });

  it('answers with nothing in an empty space, and for a query without words', async () => {
    const { manager, tenantId } = openManager(freshId('empty'));
    assert.deepEqual((await manager.search(['space'], { query: 'anything' }, ann())).results, []);
    await manager.add('space', { memories: [{ text: 'something' }] }, ann());
    const { results } = await manager.search(['space'], { query: '?!…', mode: 'keyword' }, ann());
    assert.deepEqual(results, []);
    assert.equal((await spaceOf(tenantId, 'space').index.get()).size, 1);
  });
});
