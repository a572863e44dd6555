import assert from 'node:assert/strict';
import { appendFileSync, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach } from 'mocha';
import { testWithIndexes } from '../../../../tools/test-indexes.ts';

describe('the check of the indexes at the end of npm test', () => {
  /** Answers with a report for each database that has one. */
  let server: Server;
  let firestore = '';
  let reports: Readonly<Record<string, unknown>> = {};

  beforeEach(async () => {
    server = createServer((request, response) => {
      const name = new URL(request.url ?? '', 'http://emulator').searchParams.get('database') ?? '';
      response.end(JSON.stringify(reports[name] ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    firestore = typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  });

  afterEach(() => server.close());

  const reportOf = (database: string, ...fields: string[]) => ({
    reports: [
      {
        index: {
          name: `${database}/collectionGroups/memories/indexes/_`,
          queryScope: 'COLLECTION',
          fields: fields.map((fieldPath) => ({ fieldPath, order: 'ASCENDING' })),
        },
        numQueries: '1',
      },
    ],
  });

  const run = async (options: { whole?: boolean; at?: string; database?: string } = {}) => {
    const { whole = true, at = firestore, database = 'noted' } = options;
    let text = '';
    let list = '';
    const tally = await testWithIndexes(
      {
        firestore: at,
        whole,
        run: async ({ FIRESTORE_USED_DATABASES = '' }) => {
          list = FIRESTORE_USED_DATABASES;
          appendFileSync(list, `${database}\n`);
          return { passed: 3, failed: 1 };
        },
      },
      new AbortController().signal,
      (said) => {
        text += said;
      },
    );
    assert.equal(existsSync(list), false, 'the list of databases is removed');
    return { tally, text };
  };

  const DEFAULT = 'projects/demo-firememory/databases/(default)';
  const NOTED = 'projects/demo-firememory/databases/noted';

  it('counts each missing index as a failure, of the default database and of those that the tests noted', async () => {
    reports = { [DEFAULT]: reportOf(DEFAULT, 'a', 'b'), [NOTED]: reportOf(NOTED, 'a', 'c') };
    const { tally, text } = await run();
    assert.deepEqual(tally, { passed: 3, failed: 3 });
    assert.match(text, /Missing: memories: a ASCENDING, b ASCENDING/);
    assert.match(text, /Missing: memories: a ASCENDING, c ASCENDING/);
  });

  it('adds nothing where every index is declared', async () => {
    reports = { [DEFAULT]: reportOf(DEFAULT, 'kind', 'createdAt') };
    assert.deepEqual((await run()).tally, { passed: 3, failed: 1 });
  });

  it('names what is unused after all tests, without failing, and not after some', async () => {
    reports = { [DEFAULT]: reportOf(DEFAULT, 'kind', 'createdAt') };
    assert.match((await run()).text, /Unused: memories: /);
    assert.doesNotMatch((await run({ whole: false })).text, /unused/i);
  });

  it('is one failure where it cannot be made', async () => {
    const { tally, text } = await run({ at: '127.0.0.1:1' });
    assert.deepEqual(tally, { passed: 3, failed: 2 });
    assert.match(text, /The indexes could not be checked\. No Firestore emulator answers at 127\.0\.0\.1:1/);
  });
});
