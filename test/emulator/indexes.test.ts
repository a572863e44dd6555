/**
 * Makes every query that there is, once, in a database of its own, and holds firestore.indexes.json against the
 * emulator's report: an index that no query here uses is one too many. `npm test` checks the same over all tests.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { embedder } from '../../functions/src/search/instance-embedder.ts';
import { CommandInbox, queuedBefore } from '../../functions/src/storage/command-inbox.ts';
import { openDatabase } from '../../functions/src/storage/database.ts';
import { deadLetters } from '../../functions/src/storage/dead-letters.ts';
import { forgettingSessions } from '../../functions/src/storage/forget-session.ts';
import { reviveJobs } from '../../functions/src/storage/forgotten-jobs.ts';
import { reconcileMemory } from '../../functions/src/storage/reconcile.ts';
import { SWEPT_KINDS, sweepExpired } from '../../functions/src/storage/sweep.ts';
import { TenantDirectory } from '../../functions/src/storage/tenant-directory.ts';
import { verifySample } from '../../functions/src/storage/verify-sample.ts';
import { checkIndexes } from '../../tools/indexes/check.ts';
import { declaredForGroups, parseIndexFile } from '../../tools/indexes/declared-indexes.ts';
import { describeIndex } from '../../tools/indexes/index-shape.ts';
import {
  callBy,
  freshId,
  openAgentData,
  openManager,
  SILENT,
  spaceOf,
  testDatabase,
} from '../support/storage.ts';

/** A database of its own, so that the report holds nothing but the queries made here. */
const DATABASE = 'index-tests';

const FILE = 'firestore.indexes.json';
const declared = parseIndexFile(readFileSync(FILE, 'utf8'));

describe('firestore.indexes.json', () => {
  it('has every index that the queries use, and no other', async () => {
    const { manager, tenantId } = openManager(undefined, DATABASE);
    const ann = callBy('ann');
    await manager.add('space', { memories: [{ text: 'one', tags: ['t'], sessionId: 's' }] }, ann);
    await manager.append('space', { session: 's', messages: [{ role: 'user', text: 'hello' }] }, ann);
    for (const filter of [{}, { sessionId: 's' }, { tags: 't' }, { kind: 'fact' }]) {
      for (const field of ['createdAt', 'occurredAt', 'updatedAt', 'importance'] as const) {
        for (const direction of ['asc', 'desc'] as const) {
          await manager.list('space', { filter, order: { field, direction } }, ann);
        }
      }
      const preferred = { recency: { halfLifeDays: 1, weight: 1 }, importanceWeight: 1 };
      await manager.search(['space'], { query: 'one', filter, ...preferred }, ann);
      if (Object.keys(filter).length > 0) await manager.purge('space', { filter }, ann);
    }
    const page = await manager.turns('space', { session: 's', limit: 1 }, ann);
    assert.equal(page.messages.length, 1);
    assert.equal((await manager.sessions('space', {}, ann)).sessions.length, 1);
    assert.equal((await manager.context('space', { session: 's' }, ann)).recent.length, 1);
    const turns = (await spaceOf(tenantId, 'space', DATABASE).memories.get()).docs;
    await testDatabase(DATABASE).runTransaction((transaction) =>
      forgettingSessions(transaction, spaceOf(tenantId, 'space', DATABASE), 'm', turns),
    );
    const turn = turns.find((memory) => memory.get('kind') === 'message');
    await turn?.ref.delete();
    const address = { tenantId, spaceId: 'space', memoryId: turn?.id ?? '' };
    await reconcileMemory(testDatabase(DATABASE), embedder, address);
    await manager.deleteSession('space', { session: 's' }, ann);
    const agentData = openAgentData(tenantId, DATABASE);
    for (const query of [{}, { agentId: 'a' }, { type: 't' }, { agentId: 'a', type: 't' }]) {
      await agentData.list('space', query, ann);
    }
    await reviveJobs(testDatabase(DATABASE), async () => undefined, Date.now());
    // The query of the client's `onMemories` with all of its conditions.
    const { memories } = spaceOf(tenantId, 'space', DATABASE);
    const live = memories.where('kind', '==', 'message').where('sessionId', '==', 's');
    await live.orderBy('createdAt', 'desc').limit(5).get();
    const directory = new TenantDirectory(testDatabase(DATABASE), freshId('tenant'), SILENT);
    await directory.create({ name: 'Tenant' }, ann);
    await assert.rejects(directory.removeMember({ uid: 'ann' }, ann), 'the last owner');
    const inbox = new CommandInbox(testDatabase(DATABASE), tenantId, 'space', SILENT);
    assert.equal(await inbox.first('ann', ann), null);
    assert.deepEqual(await queuedBefore(testDatabase(DATABASE), Date.now(), 1, null), []);
    await sweepExpired(testDatabase(DATABASE), { now: Date.now() });
    assert.deepEqual(await deadLetters(testDatabase(DATABASE)), { count: 0, isAll: true });
    await verifySample(testDatabase(DATABASE), embedder);
    const { findings, text } = await checkIndexes({
      file: FILE,
      firestore: process.env.FIRESTORE_EMULATOR_HOST ?? '',
      databases: [{ project: process.env.GCLOUD_PROJECT ?? '', database: DATABASE }],
      vectorQueries: 'functions/src/search/vector-queries.ts',
      allowed: 'test/allowed-indexes.json',
      whole: true,
    });
    const { missing, unused, staleAllowances } = findings;
    assert.deepEqual([missing, unused, staleAllowances], [[], [], []], text);
    assert.ok(findings.used > 30, text);
  });

  it('has an index over all tenants for what is swept, and for what is left lying', () => {
    const swept = SWEPT_KINDS.map((kind) => `${kind} (COLLECTION_GROUP): expiresAt ASCENDING`);
    // Found by the hourly verification.
    const verified = ['deadLetters (COLLECTION_GROUP): dead', 'index (COLLECTION_GROUP): embedder'];
    const wanted = [...swept, ...verified.map((index) => `${index} ASCENDING`)];
    assert.deepEqual(declaredForGroups(declared).map(describeIndex).sort(), wanted.sort());
    const composite = declared.indexes.filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP');
    assert.deepEqual(composite.map(describeIndex), [
      'inbox (COLLECTION_GROUP): state ASCENDING, createdAt ASCENDING',
      'jobs (COLLECTION_GROUP): state ASCENDING, updatedAt ASCENDING',
    ]);
  });

  it('keeps texts, vectors and metadata out of the automatic indexes, and lets what expires be deleted', () => {
    const exempt = new Set(
      declared.fieldOverrides
        .filter(({ indexes }) => indexes.length === 0)
        .map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`),
    );
    for (const field of [
      'memories.text',
      'memories.metadata',
      'memories.follows',
      'index.vector',
      'index.semantic',
      'index.tokens',
      'frequencies.words',
      'receipts.answer',
      'agentData.content',
      'agentData.metadata',
      'inbox.input',
      'inbox.result',
      'jobs.input',
      'jobs.position',
      'jobs.result',
    ]) {
      assert.ok(exempt.has(field), field);
    }
    const expiring = declared.fieldOverrides
      .filter(({ ttl }) => ttl === true)
      .map(({ collectionGroup }) => collectionGroup);
    assert.deepEqual(expiring.sort(), [
      'agentData',
      'frequencies',
      'inbox',
      'jobs',
      'memories',
      'receipts',
      'spaces',
    ]);
  });
});

describe('npm run check:indexes', () => {
  /** Not one of the tests' databases: the check of all tests is not to see it. */
  const database = () => freshId('unlisted');

  const check = (name: string) => {
    const args = ['tools/check-indexes.ts', '--database', name];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  it('fails and names the index that a query needs and nobody declared', async () => {
    const name = database();
    const memories = openDatabase(name).collection('memories');
    await memories.where('source', '==', 'chat').orderBy('createdAt', 'desc').get();
    const { status, output } = check(name);
    assert.equal(status, 1, output);
    assert.match(output, /^Missing: memories: source ASCENDING, createdAt DESCENDING \(used by 1 query\)/);
    const pasted: unknown = JSON.parse(output.slice(output.indexOf('{'), output.indexOf('\n  }\n') + 4));
    assert.deepEqual(pasted, {
      collectionGroup: 'memories',
      queryScope: 'COLLECTION',
      fields: [
        { fieldPath: 'source', order: 'ASCENDING' },
        { fieldPath: 'createdAt', order: 'DESCENDING' },
      ],
    });
  });

  it('passes where the same query has its index', async () => {
    const name = database();
    const memories = openDatabase(name).collection('memories');
    await memories.where('kind', '==', 'fact').orderBy('createdAt', 'desc').get();
    const { status, output } = check(name);
    assert.equal(status, 0, output);
    assert.match(output, /: 1 used, 0 missing, \d+ unused\.\n$/);
  });

  it('fails and names a query over a collection group by one field', async () => {
    const name = database();
    await openDatabase(name).collectionGroup('memories').where('kind', '==', 'fact').get();
    const { status, output } = check(name);
    assert.equal(status, 1, output);
    assert.match(output, /^Missing: memories \(COLLECTION_GROUP\): kind ASCENDING .*"fieldOverrides"/);
  });

  it('says what to do where no query was made', () => {
    const { status, output } = check(database());
    assert.equal(status, 2);
    assert.match(output, /^The emulator reports no index/);
  });
});
