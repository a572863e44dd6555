import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkIndexes } from '../../../../tools/indexes/check.ts';
import { useTempDir } from '../temp-dir.ts';

/** An emulator in whose database `known` one query needed an index. */
const REPORT = {
  reports: [
    {
      index: {
        name: 'projects/p/databases/known/collectionGroups/books/indexes/_',
        queryScope: 'COLLECTION',
        fields: [
          { fieldPath: 'a', order: 'ASCENDING' },
          { fieldPath: 'b', order: 'ASCENDING' },
        ],
      },
      numQueries: '1',
    },
  ],
};

describe('the check of the indexes', () => {
  const dir = useTempDir();
  let emulator: Server;
  before(async () => {
    emulator = createServer((request, response) => {
      const isKnown = decodeURIComponent(request.url ?? '').endsWith('databases/known');
      response.end(JSON.stringify(isKnown ? REPORT : {}));
    }).listen(0, '127.0.0.1');
    await once(emulator, 'listening');
  });
  after(() => emulator.close());

  it('names a database that was named and of which nothing is reported, as its name may be mistyped', async () => {
    const fields = REPORT.reports[0]?.index.fields;
    const index = { collectionGroup: 'books', queryScope: 'COLLECTION', fields };
    const file = dir.put('i.json', JSON.stringify({ indexes: [index] }));
    const firestore = `127.0.0.1:${(emulator.address() as AddressInfo).port}`;
    const known = { project: 'p', database: 'known' };
    const mistyped = { project: 'p', database: 'konwn' };
    const check = { file, firestore, databases: [known, mistyped], whole: true };
    const { text } = await checkIndexes({ ...check, named: [known, mistyped] });
    assert.match(text, /^No index was used in projects\/p\/databases\/konwn\. Is there such a database\?$/m);
    assert.doesNotMatch(text, /databases\/known/);
    assert.doesNotMatch((await checkIndexes(check)).text, /konwn/);
  });
});
