/** A search returns as many memories as it is asked for, if there are so many among the nearest thousand. */
import assert from 'node:assert/strict';
import { SEARCH } from '../../../functions/src/config.ts';
import type { Filter, MemorySearchResponse, SearchMode } from '../../../functions/src/contract/types.ts';
import { measure } from '../../../functions/src/storage/meter.ts';
import { addOrdered, byPlace } from '../../support/ordered-texts.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = () => callBy('ann');
const ids = ({ results }: MemorySearchResponse) => results.map(({ memory }) => memory.id);

/** More than the nearest that are looked at first; from `FAR` on, the memories are of another kind. */
const COUNT = 260;
const FAR = 150;

describe('a search whose filter lets only far memories pass', () => {
  const { manager } = openManager(undefined, undefined, byPlace());

  before(async () => {
    assert.ok(FAR > SEARCH.NEAREST);
    await addOrdered(manager, 'space', COUNT, (place) =>
      place < FAR
        ? { kind: 'fact', persona: 'near', tags: ['near'], occurredAt: '2020-01-01T00:00:00Z' }
        : {
            kind: place % 2 === 0 ? 'note' : 'event',
            tags: ['far'],
            metadata: { far: true },
            occurredAt: '2024-01-01T00:00:00Z',
          },
    );
  });

  const filters: [name: string, filter: Filter][] = [
    ['one of two kinds', { OR: [{ kind: 'note' }, { kind: 'event' }] }],
    ['not the kind of the near ones', { NOT: { kind: 'fact' } }],
    ['a date', { occurredAt: { gte: '2023-06-01T00:00:00Z' } }],
    ['a field that the near ones have', { persona: { exists: false } }],
    ['a field that the near ones lack', { 'metadata.far': { exists: true } }],
    ['a tag', { tags: 'far' }],
  ];
  for (const mode of ['hybrid', 'keyword', 'semantic'] as const) {
    for (const [name, filter] of filters) {
      it(`returns as many of them as it is asked for: ${name}, ${mode}`, async () => {
        const answer = await manager.search(['space'], { query: 'tea', mode, filter, limit: 30 }, ann());
        const places = ids(answer).map((id) => Number(id.slice(1)));
        assert.equal(new Set(places).size, 30);
        assert.ok(places.every((place) => place >= FAR));
        assert.equal(answer.notices, undefined);
      });
    }
  }

  it('does so above a minimum score, which near ones without the filter may miss', async () => {
    const query = { query: 'tea', mode: 'semantic', filter: { tags: { in: ['far'] } }, limit: 30 } as const;
    const [last] = (await manager.search(['space'], query, ann())).results.toReversed();
    const again = await manager.search(['space'], { ...query, minScore: last!.score }, ann());
    assert.equal(again.results.length, 30);
  });

  it('says that there may be more where the bound is reached, of whichever space', async () => {
    const other = openManager(undefined, undefined, byPlace());
    await addOrdered(other.manager, 'small', 3, () => ({ tags: ['far'] }));
    await addOrdered(other.manager, 'large', SEARCH.NEAREST_FILTERED + 1);
    const ask = (spaces: string[], limit: number) =>
      other.manager.search(spaces, { query: 'tea', filter: { NOT: { kind: 'note' } }, limit }, ann());
    assert.equal((await ask(['small', 'large'], 10)).notices, undefined);
    const wanted = { query: 'tea', filter: { tags: { in: ['far'] } }, limit: 10 };
    const both = await other.manager.search(['small', 'large'], wanted, ann());
    assert.deepEqual([ids(both), both.notices], [['m0', 'm1', 'm2'], ['candidate-bound']]);
    const alone = await other.manager.search(['small'], wanted, ann());
    assert.deepEqual([ids(alone), alone.notices], [['m0', 'm1', 'm2'], undefined]);
  });
});

describe('what a search reads', () => {
  it('is at most 101 documents for ten memories, and for more of them as many more', async () => {
    const { manager } = openManager(undefined, undefined, byPlace());
    await addOrdered(manager, 'space', COUNT);
    const reads = async (limit: number) => {
      const search = () => manager.search(['space'], { query: 'tea with milk', limit }, ann());
      const { result, footprint } = measure(testDatabase(), search);
      assert.equal((await result).results.length, limit);
      return footprint()?.reads;
    };
    await reads(1);
    const [scanned, look] = [Math.ceil(COUNT / 100), 1];
    assert.equal(await reads(10), SEARCH.NEAREST + 10 + scanned + look);
    assert.equal(await reads(100), 100 + 100 + scanned + look);
    assert.ok(SEARCH.NEAREST + 10 + scanned + look <= 101);
  });
});

describe('a search with a minimum score', () => {
  it('goes on to the memories that are farther, as these may score more', async () => {
    const { manager, tenantId } = openManager(undefined, undefined, byPlace());
    await addOrdered(manager, 'space', COUNT);
    const query = { query: 'tea', mode: 'semantic', limit: COUNT > 100 ? 100 : COUNT } as const;
    const all = await manager.search(['space'], query, ann());
    assert.ok(ids(all).includes('m0'));
    // Near, and yet of a low score: what is indexed of it is not what it was found by.
    const { index } = spaceOf(tenantId, 'space');
    const turned = new Uint8Array(384).fill(0).with(2, 127);
    await Promise.all(
      Array.from({ length: FAR }, (_, n) => index.doc(`m${n}`).update({ semantic: Buffer.from(turned) })),
    );
    const above = await manager.search(['space'], { ...query, limit: 10, minScore: 0.5 }, ann());
    assert.equal(above.results.length, 10);
    assert.ok(ids(above).every((id) => Number(id.slice(1)) >= FAR));
  });
});

describe('a search that prefers what is recent or important', () => {
  const { manager } = openManager(undefined, undefined, byPlace());
  const day = (n: number) => new Date(Date.UTC(2024, 0, 1 + n)).toISOString();
  const ask = async (more: object, mode: SearchMode = 'hybrid') =>
    ids(await manager.search(['daily'], { query: 'tea', mode, ...more }, callBy('ann', { now })));
  const now = Date.parse(day(COUNT));

  before(async () => {
    await addOrdered(manager, 'daily', COUNT, (place) => {
      return { occurredAt: day(place), importance: place / COUNT, kind: place % 2 === 0 ? 'fact' : 'note' };
    });
  });

  const last = Array.from({ length: 10 }, (_, n) => `m${COUNT - 1 - n}`);

  for (const mode of ['hybrid', 'keyword', 'semantic'] as const) {
    it(`finds the newest and the most important, far as they are: ${mode}`, async () => {
      assert.deepEqual(await ask({ recency: { halfLifeDays: 7, weight: 10 } }, mode), last);
      assert.deepEqual(await ask({ importanceWeight: 10 }, mode), last);
      assert.ok((await ask({}, mode)).every((id) => !last.includes(id)));
    });
  }

  it('finds as many of them as it may return, and only those that pass the filter', async () => {
    const recency = { halfLifeDays: 7, weight: 10 };
    const hundred = await ask({ recency, limit: 100 });
    assert.deepEqual(
      hundred.slice(0, 40),
      Array.from({ length: 40 }, (_, n) => `m${COUNT - 1 - n}`),
    );
    const facts = await ask({ recency, limit: 20, filter: { kind: 'fact' } });
    assert.deepEqual(
      facts.slice(0, 10),
      Array.from({ length: 10 }, (_, n) => `m${COUNT - 2 - 2 * n}`),
    );
  });
});
