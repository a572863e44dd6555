import assert from 'node:assert/strict';
import { type Comparison, compareIndexes, type Findings } from '../../../../tools/indexes/compare.ts';
import type { DeclaredIndexes } from '../../../../tools/indexes/declared-indexes.ts';
import { describeIndex, type Index, type IndexField } from '../../../../tools/indexes/index-shape.ts';

/** `a`, `a desc`, `a has` or `a vector 3`. */
function field(text: string): IndexField {
  const [fieldPath = '', mode, dimension] = text.split(' ');
  if (mode === 'has') return { fieldPath, arrayConfig: 'CONTAINS' };
  if (mode === 'vector') return { fieldPath, vectorConfig: { dimension: Number(dimension), flat: {} } };
  return { fieldPath, order: mode === 'desc' ? 'DESCENDING' : 'ASCENDING' };
}

const over = (queryScope: string, fields: readonly string[], collectionGroup = 'books'): Index => ({
  collectionGroup,
  queryScope,
  fields: fields.map(field),
});
const index = (...fields: string[]) => over('COLLECTION', fields);
const group = (...fields: string[]) => over('COLLECTION_GROUP', fields);
const uses = (...indexes: Index[]) => indexes.map((each) => ({ index: each, queries: 1 }));

interface Case extends Partial<Omit<Comparison, 'declared'>> {
  readonly indexes?: readonly Index[];
  readonly fieldOverrides?: DeclaredIndexes['fieldOverrides'];
}

function compare({ indexes = [], fieldOverrides = [], ...rest }: Case): Findings {
  const declared = { indexes, fieldOverrides };
  return compareIndexes({ declared, used: [], vectorQueries: [], allowed: [], ...rest });
}

const missingOf = (found: Findings) => found.missing.map((missing) => describeIndex(missing.index));
const unusedOf = (found: Findings) => found.unused.map(describeIndex);

describe('the comparison of used and declared composite indexes', () => {
  it('finds nothing where every used one is declared and every declared one is used', () => {
    const found = compare({
      indexes: [index('a', 'b desc')],
      used: uses(index('a', 'b desc', '__name__ desc')),
    });
    assert.deepEqual([missingOf(found), unusedOf(found), found.used], [[], [], 1]);
  });

  for (const [what, declared] of [
    ['another direction', index('a', 'b desc')],
    ['another order of the fields', index('b', 'a')],
    ['an array instead of an order', index('a has', 'b')],
    ['one field more', index('a', 'b', 'c')],
    ['another field', index('a', 'c')],
    ['one field less', index('a')],
    ['another collection', over('COLLECTION', ['a', 'b'], 'films')],
    ['the scope of collection groups', group('a', 'b')],
    ['a name of the other direction', index('a', 'b', '__name__ desc')],
  ] as const) {
    it(`names it where the declared one has ${what}`, () => {
      const found = compare({ indexes: [declared], used: uses(index('a', 'b', '__name__')) });
      assert.deepEqual(missingOf(found), ['books: a ASCENDING, b ASCENDING']);
      assert.deepEqual(unusedOf(found), [describeIndex(declared)]);
    });
  }

  it('names one that is declared for single collections alone, where all of a group are queried', () => {
    const found = compare({ indexes: [index('a', 'b')], used: uses(group('a', 'b', '__name__')) });
    assert.deepEqual(missingOf(found), ['books (COLLECTION_GROUP): a ASCENDING, b ASCENDING']);
  });

  it('takes a declared name for the one that Firestore appends, if their directions are equal', () => {
    const declared = index('a', 'b desc', '__name__ desc');
    assert.deepEqual(missingOf(compare({ indexes: [declared], used: uses(index('a', 'b desc')) })), []);
    const tags = index('b', 'tags has', '__name__');
    assert.deepEqual(missingOf(compare({ indexes: [tags], used: uses(index('b', 'tags has')) })), []);
  });

  it('counts a field once that is compared and then ordered by', () => {
    const found = compare({ used: uses(index('a', 'a desc', '__name__ desc')) });
    assert.deepEqual(missingOf(found), []);
  });

  it('adds up the reports of several databases', () => {
    const found = compare({ used: uses(index('a', 'b'), index('a', 'b', '__name__')) });
    assert.deepEqual(
      found.missing.map(({ queries }) => queries),
      [2],
    );
    assert.equal(found.used, 1);
  });

  it('needs nothing for documents by their names alone', () => {
    const found = compare({ used: uses(group('__name__')) });
    assert.deepEqual([missingOf(found), found.used], [[], 0]);
  });

  it('gives what to paste, without the name that is appended', () => {
    const { missing } = compare({ used: uses(index('a', 'b', '__name__')) });
    assert.deepEqual(missing[0]?.add, index('a', 'b'));
    assert.equal(missing[0]?.list, 'indexes');
  });

  it('says which declared index is near, and where equalities might do without', () => {
    const { missing } = compare({
      indexes: [index('b', 'a')],
      used: uses(index('a', 'b'), index('a', 'c desc')),
    });
    const [equalities, ordered] = missing.map(({ notes }) => notes.join('\n'));
    assert.match(equalities ?? '', /Declared with these fields is: books: b ASCENDING, a ASCENDING/);
    assert.match(equalities ?? '', /merges/);
    assert.equal(ordered, '');
  });
});

describe('the comparison of indexes of one field', () => {
  const onA = (...indexes: DeclaredIndexes['fieldOverrides'][number]['indexes']) => [
    { collectionGroup: 'books', fieldPath: 'a', indexes },
  ];

  it('needs no declaration for single collections', () => {
    assert.deepEqual(missingOf(compare({ used: uses(index('a'), index('a desc'), index('a has')) })), []);
  });

  it('names one that an override took away', () => {
    assert.deepEqual(missingOf(compare({ fieldOverrides: onA(), used: uses(index('a')) })), [
      'books: a ASCENDING',
    ]);
  });

  it('knows that a map passes its override on, unless the field has its own', () => {
    const map = { collectionGroup: 'books', fieldPath: 'm', indexes: [] };
    const used = uses(index('m.x'), index('mx'));
    assert.deepEqual(missingOf(compare({ fieldOverrides: [map], used })), ['books: m.x ASCENDING']);
    const own = { ...map, fieldPath: 'm.x', indexes: [{ order: 'ASCENDING', queryScope: 'COLLECTION' }] };
    assert.deepEqual(missingOf(compare({ fieldOverrides: [map, own], used })), []);
  });

  it('knows an override of all fields of a collection', () => {
    const all = { collectionGroup: 'books', fieldPath: '*', indexes: [] };
    assert.deepEqual(missingOf(compare({ fieldOverrides: [all], used: uses(index('a')) })), [
      'books: a ASCENDING',
    ]);
  });

  it('names one of a collection group, and gives the override with what was automatic', () => {
    const { missing } = compare({ used: uses(group('a', '__name__')) });
    assert.equal(missing[0]?.list, 'fieldOverrides');
    assert.deepEqual(missing[0]?.add, {
      collectionGroup: 'books',
      fieldPath: 'a',
      indexes: [
        { order: 'ASCENDING', queryScope: 'COLLECTION' },
        { order: 'DESCENDING', queryScope: 'COLLECTION' },
        { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
        { order: 'ASCENDING', queryScope: 'COLLECTION_GROUP' },
      ],
    });
  });

  it('gives an override that keeps the time to live and the indexes of the one that is there', () => {
    const override = { collectionGroup: 'books', fieldPath: 'a', ttl: true, indexes: [] };
    const { missing } = compare({ fieldOverrides: [override], used: uses(group('a desc')) });
    assert.deepEqual(missing[0]?.add, {
      ...override,
      indexes: [{ order: 'DESCENDING', queryScope: 'COLLECTION_GROUP' }],
    });
  });

  it('finds one of a collection group in its override, in its direction alone', () => {
    const fieldOverrides = onA({ order: 'ASCENDING', queryScope: 'COLLECTION_GROUP' });
    assert.deepEqual(missingOf(compare({ fieldOverrides, used: uses(group('a')) })), []);
    const found = compare({ fieldOverrides, used: uses(group('a desc')) });
    assert.deepEqual(missingOf(found), ['books (COLLECTION_GROUP): a DESCENDING']);
    assert.deepEqual(unusedOf(found), ['books (COLLECTION_GROUP): a ASCENDING']);
  });

  it('says nothing of unused ones of single collections, whose use is not reported', () => {
    const fieldOverrides = onA({ order: 'ASCENDING', queryScope: 'COLLECTION' });
    assert.deepEqual(unusedOf(compare({ fieldOverrides })), []);
  });
});

describe('the comparison of vector indexes', () => {
  const near = index('kind', 'tags has', 'v vector 3');

  it('holds the vector queries against the declared ones, whatever the order of their equalities', () => {
    const found = compare({ indexes: [index('tags has', 'kind', 'v vector 3')], vectorQueries: [near] });
    assert.deepEqual([missingOf(found), unusedOf(found)], [[], []]);
  });

  for (const [what, declared] of [
    ['another dimension', index('kind', 'tags has', 'v vector 4')],
    ['one equality less', index('kind', 'v vector 3')],
    ['another field for the vector', index('kind', 'tags has', 'w vector 3')],
    ['no vector', index('kind', 'tags has')],
  ] as const) {
    it(`names one that is declared with ${what}`, () => {
      const found = compare({ indexes: [declared], vectorQueries: [near] });
      assert.deepEqual(missingOf(found), ['books: kind ASCENDING, tags CONTAINS, v VECTOR(3)']);
      assert.deepEqual(unusedOf(found), [describeIndex(declared)]);
    });
  }

  it('knows what the emulator reports of a vector query: its conditions, which need no index besides', () => {
    const reported = uses(index('kind', 'tags has'));
    const found = compare({ indexes: [near], vectorQueries: [near], used: reported });
    assert.deepEqual([missingOf(found), unusedOf(found)], [[], []]);
    // A query that orders by tags after kind would be reported alike.
    assert.deepEqual(found.taken.map(describeIndex), ['books: kind ASCENDING, tags CONTAINS']);
    const other = compare({ indexes: [near], vectorQueries: [near], used: uses(index('kind', 'size')) });
    assert.deepEqual(missingOf(other), ['books: kind ASCENDING, size ASCENDING']);
  });

  it('takes nothing for the conditions of a vector query that the code does not say it makes', () => {
    const reported = uses(index('kind', 'tags has'));
    for (const vectorQueries of [null, [], [index('kind', 'v vector 3')]]) {
      const found = compare({ indexes: [near], vectorQueries, used: reported });
      assert.deepEqual(missingOf(found).slice(0, 1), ['books: kind ASCENDING, tags CONTAINS']);
      assert.deepEqual(found.taken, []);
    }
  });

  it('takes nothing for conditions that is declared or allowed by itself', () => {
    const reported = { vectorQueries: [near], used: uses(index('kind', 'tags has')) };
    assert.deepEqual(compare({ indexes: [near, index('kind', 'tags has')], ...reported }).taken, []);
    const allowed = [{ why: 'a test asks on purpose', index: index('kind', 'tags has') }];
    assert.deepEqual(compare({ indexes: [near], allowed, ...reported }).taken, []);
  });

  it('needs a declaration of a vector alone, too, and gives it', () => {
    const { missing } = compare({ vectorQueries: [index('v vector 3')] });
    assert.deepEqual(missing[0]?.add, {
      collectionGroup: 'books',
      queryScope: 'COLLECTION',
      fields: [{ fieldPath: 'v', vectorConfig: { dimension: 3, flat: {} } }],
    });
  });

  it('leaves the declared ones alone where the vector queries are not known', () => {
    const found = compare({ indexes: [near], vectorQueries: null });
    assert.deepEqual([unusedOf(found), found.unjudged], [[], [near]]);
  });
});

describe('the allow list', () => {
  const allowed = [{ why: 'a test asks on purpose', index: index('a', 'b') }];

  it('excuses exactly what it names', () => {
    const found = compare({ allowed, used: uses(index('a', 'b', '__name__'), index('a', 'c')) });
    assert.deepEqual(missingOf(found), ['books: a ASCENDING, c ASCENDING']);
    assert.deepEqual(found.staleAllowances, []);
  });

  it('is named where it excuses nothing', () => {
    assert.deepEqual(compare({ allowed }).staleAllowances, allowed);
  });
});
