import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseIndexFile } from '../../../../tools/indexes/declared-indexes.ts';
import { readAllowed, readDatabases, readVectorQueries } from '../../../../tools/indexes/inputs.ts';
import { parseCheckOptions } from '../../../../tools/indexes/options.ts';
import { reportText } from '../../../../tools/indexes/report-text.ts';
import { parseUsage } from '../../../../tools/indexes/usage-report.ts';
import { useTempDir } from '../temp-dir.ts';

describe('the index file', () => {
  it('of this repository is read whole', () => {
    const { indexes, fieldOverrides } = parseIndexFile(readFileSync('firestore.indexes.json', 'utf8'));
    assert.ok(indexes.length > 20 && fieldOverrides.length > 50);
  });

  it('may leave out the scope and both lists', () => {
    assert.deepEqual(parseIndexFile('{}'), { indexes: [], fieldOverrides: [] });
    const fields = [{ fieldPath: 'a', order: 'ASCENDING' }];
    const { indexes } = parseIndexFile(JSON.stringify({ indexes: [{ collectionGroup: 'c', fields }] }));
    assert.deepEqual(indexes, [{ collectionGroup: 'c', queryScope: 'COLLECTION', fields }]);
  });

  for (const [what, text, place] of [
    ['no object', '[]', /^Error: The index file should be an object/],
    ['no list', '{"indexes":{}}', /indexes should be an array/],
    ['no collection', '{"indexes":[{"fields":[]}]}', /indexes\[0\]\.collectionGroup should be a text/],
    [
      'a field without a mode',
      '{"indexes":[{"collectionGroup":"c","fields":[{"fieldPath":"a"}]}]}',
      /indexes\[0\]\.fields\[0\] should have one of order/,
    ],
    ['an override without a path', '{"fieldOverrides":[{"collectionGroup":"c"}]}', /\[0\]\.fieldPath/],
  ] as const) {
    it(`is refused with ${what}, at its place`, () => assert.throws(() => parseIndexFile(text), place));
  }
});

describe('the report of the emulator', () => {
  it('is empty for a database that nothing was asked of', () => assert.deepEqual(parseUsage({}), []));

  it('gives collection, scope, fields and count of each index', () => {
    const fields = [{ fieldPath: 'a', order: 'ASCENDING' }];
    const name = 'projects/p/databases/(default)/collectionGroups/books/indexes/_';
    const report = { index: { name, queryScope: 'COLLECTION', fields }, numQueries: '12' };
    assert.deepEqual(parseUsage({ reports: [report] }), [
      { index: { collectionGroup: 'books', queryScope: 'COLLECTION', fields }, queries: 12 },
    ]);
  });

  it('is refused where it is another one', () => {
    assert.throws(() => parseUsage({ reports: [{ index: { name: 'books' } }] }), /reports\[0\]\.index\.name/);
  });
});

describe('what the check is given', () => {
  const { at, put: file } = useTempDir();

  it('takes databases by their ids and by their full names, each once', () => {
    const list = file('databases', 'one\ntwo\n\none\nprojects/other/databases/(default)\n');
    assert.deepEqual(readDatabases(list, 'mine'), [
      { project: 'mine', database: 'one' },
      { project: 'mine', database: 'two' },
      { project: 'other', database: '(default)' },
    ]);
    assert.deepEqual(readDatabases(at('none'), 'mine'), []);
  });

  it('takes vector queries from JSON and from a module', async () => {
    const fields = [{ fieldPath: 'v', vectorConfig: { dimension: 3, flat: {} } }];
    const json = JSON.stringify([{ collectionGroup: 'c', queryScope: 'COLLECTION', fields }]);
    const expected = [{ collectionGroup: 'c', queryScope: 'COLLECTION', fields }];
    assert.deepEqual(await readVectorQueries(file('v.json', json)), expected);
    assert.deepEqual(
      await readVectorQueries(file('v.mjs', `export const VECTOR_QUERIES = ${json};`)),
      expected,
    );
    await assert.rejects(readVectorQueries(file('w.mjs', '')), /VECTOR_QUERIES of .* should be an array/);
  });

  it('takes no allowance without a reason', () => {
    const index = { collectionGroup: 'c', fields: [{ fieldPath: 'a', order: 'ASCENDING' }] };
    assert.equal(readAllowed(file('a.json', JSON.stringify([{ why: 'a reason', index }]))).length, 1);
    assert.throws(() => readAllowed(file('b.json', JSON.stringify([{ index }]))), /\[0\]\.why/);
  });

  it('takes emulator and project from the environment, unless they are named', () => {
    const env = { FIRESTORE_EMULATOR_HOST: 'here:1', GCLOUD_PROJECT: 'p' };
    const { firestore, project, strict } = parseCheckOptions([], env);
    assert.deepEqual([firestore, project, strict], ['here:1', 'p', false]);
    const named = parseCheckOptions(['--firestore', 'there:2', '--database', 'a', '--database', 'b'], env);
    assert.deepEqual([named.firestore, named.databases], ['there:2', ['a', 'b']]);
    assert.throws(() => parseCheckOptions(['--stirct'], env), /--stirct/);
  });
});

describe('the text of the findings', () => {
  const index = {
    collectionGroup: 'books',
    queryScope: 'COLLECTION',
    fields: [
      { fieldPath: 'a', order: 'ASCENDING' },
      { fieldPath: 'b', order: 'DESCENDING' },
    ],
  };
  const missing = [{ index, queries: 2, list: 'indexes', add: index, notes: ['A note.'] }] as const;
  const findings = { missing, unused: [index], unjudged: [], taken: [index], staleAllowances: [], used: 3 };

  it('holds each missing index as it is to be pasted, and the verdict last', () => {
    const text = reportText(findings, { file: 'i.json', whole: true });
    const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
    assert.deepEqual(JSON.parse(json), index);
    assert.match(text, /Missing: books: a ASCENDING, b DESCENDING \(used by 2 queries\)/);
    assert.match(text, /\nUnused: books: a ASCENDING, b DESCENDING\n/);
    assert.match(text, /\nTaken for the conditions of a vector query: books: a ASCENDING, b DESCENDING\n/);
    assert.equal(text.split('\n').at(-1), 'i.json: 3 used, 1 missing, 1 unused.');
  });

  it('says nothing of what is unused after a part of the queries', () => {
    const text = reportText(findings, { file: 'i.json', whole: false });
    assert.doesNotMatch(text, /unused/i);
  });
});
