import assert from 'node:assert/strict';
import type { Firememory, MemoryInput, MemorySearchResponse } from '../../../client/src/index.ts';
import { openWorld, type World } from '../../support/world.ts';

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

const MEMORIES: readonly MemoryInput[] = [
  { id: 'dog', text: 'My dog Rex likes to chase sticks in the park.', kind: 'preference', tags: ['pet'] },
  { id: 'car', text: 'The car needs new tyres before winter.', kind: 'note' },
  { id: 'soup', text: 'Grandmother cooks tomato soup with basil.', kind: 'note', tags: ['food'] },
  { id: 'code', text: 'The error code of the boiler was E4711.', kind: 'note' },
  { id: 'old', text: 'The meeting with Kim went well.', occurredAt: daysAgo(300), importance: 0.9 },
  { id: 'new', text: 'The meeting with Kim went well again.', occurredAt: daysAgo(1), importance: 0.1 },
];

describe('searches', () => {
  let world: World;
  let client: Firememory;
  before(async () => {
    world = await openWorld('searches');
    client = world.editor.open(world.tenant);
    await client.memory.add(MEMORIES);
    const space = world.shared;
    await client.memory.add({ id: 'team', text: 'The team keeps a dog called Bella.' }, { space });
  });

  it('find the memory that answers best first, with its score and nothing else', async () => {
    const { results } = await client.memory.search('what does Rex like to chase?');
    const { memory } = await client.memory.get('dog');
    assert.deepEqual(results[0], { memory, score: results[0]?.score });
    const scores = results.map(({ score }) => score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    assert.ok(scores.every(Number.isFinite));
  });

  it('by meaning find what shares no word with the query', async () => {
    const query = 'vehicle maintenance';
    assert.equal(first(await client.memory.search(query, { mode: 'semantic' })), 'car');
    assert.deepEqual(await client.memory.search(query, { mode: 'keyword' }), { results: [] });
  });

  it('by keyword find only what has a word of the query', async () => {
    const found = await client.memory.search('E4711', { mode: 'keyword' });
    assert.deepEqual(ids(found), ['code']);
  });

  it('by both find what either would', async () => {
    assert.equal(first(await client.memory.search('e4711', { mode: 'hybrid' })), 'code');
    assert.equal(first(await client.memory.search('puppy', { mode: 'hybrid' })), 'dog');
  });

  it('find in each of the spaces that they name, and in no other', async () => {
    const spaces = [world.editor.uid, world.shared, world.shared];
    const both = await client.memory.search('dog', { spaces, mode: 'keyword' });
    assert.deepEqual(ids(both).sort(), ['dog', 'team']);
    assert.deepEqual(ids(await client.memory.search('dog', { mode: 'keyword' })), ['dog']);
    const shared = await client.memory.search('dog', { space: world.shared, mode: 'keyword' });
    assert.deepEqual(ids(shared), ['team']);
  });

  it('find only what passes the filter', async () => {
    const filter = { kind: 'note' };
    const all = await client.memory.search('dog soup car', { filter, limit: 100 });
    assert.deepEqual(ids(all).sort(), ['car', 'code', 'soup']);
    const tagged = await client.memory.search('dog soup car', { filter: { tags: { in: ['food', 'pet'] } } });
    assert.deepEqual(ids(tagged).sort(), ['dog', 'soup']);
    const none = await client.memory.search('dog', { filter: { kind: 'event' } });
    assert.deepEqual(none, { results: [] });
  });

  it('find no more than the limit, the best ones', async () => {
    const all = await client.memory.search('Kim', { limit: 100 });
    const two = await client.memory.search('Kim', { limit: 2 });
    assert.deepEqual(ids(two), ids(all).slice(0, 2));
  });

  it('find nothing below the lowest score that is asked for', async () => {
    const { results } = await client.memory.search('tomato soup');
    const best = results[0]!.score;
    const second = results[1]!.score;
    const above = await client.memory.search('tomato soup', { minScore: (best + second) / 2 });
    assert.deepEqual(ids(above), ['soup']);
    assert.deepEqual(await client.memory.search('tomato soup', { minScore: best + 1 }), { results: [] });
  });

  it('explain a score as the sum of its parts', async () => {
    const options = { explain: true, recency: { halfLifeDays: 30, weight: 2 }, importanceWeight: 0.5 };
    const { results } = await client.memory.search('meeting with Kim', options);
    for (const { memory, score, parts } of results) {
      const names = [
        'conversation',
        'importance',
        'interaction',
        'keyword',
        'recency',
        'semantic',
        'subject',
      ];
      assert.deepEqual(Object.keys(parts ?? {}).sort(), names);
      const sum = Object.values(parts!).reduce((total: number, part: number) => total + part, 0);
      assert.ok(Math.abs(sum - score) < 1e-9);
      assert.ok(Math.abs(parts!.importance - 0.5 * memory.importance) < 1e-9);
    }
    const old = results.find(({ memory }) => memory.id === 'old');
    assert.ok(Math.abs(old!.parts!.recency - 2 * 2 ** -10) < 1e-4);
  });

  it('prefer what is recent, or what is important, as far as they are told to', async () => {
    const query = 'meeting with Kim';
    const filter = { id: { in: ['old', 'new'] } };
    const recency = { halfLifeDays: 7, weight: 10 };
    assert.equal(first(await client.memory.search(query, { filter, recency })), 'new');
    assert.equal(first(await client.memory.search(query, { filter, importanceWeight: 10 })), 'old');
  });

  it('find nothing in a space that holds nothing', async () => {
    assert.deepEqual(await world.viewer.open(world.tenant).memory.search('dog'), { results: [] });
  });
});

const ids = ({ results }: MemorySearchResponse) => results.map(({ memory }) => memory.id);
const first = (response: MemorySearchResponse) => ids(response)[0];
