import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { FilterTree } from '../../functions/src/core/filter.ts';
import { parseFilter } from '../../functions/src/core/filter.ts';
import { pushedEquality } from '../../functions/src/core/filter-pushdown.ts';
import { embedder } from '../../functions/src/search/instance-embedder.ts';
import { CommandInbox, queuedBefore } from '../../functions/src/storage/command-inbox.ts';
import { deadLetters } from '../../functions/src/storage/dead-letters.ts';
import { reviveJobs } from '../../functions/src/storage/forgotten-jobs.ts';
import { SWEPT_KINDS, sweepExpired } from '../../functions/src/storage/sweep.ts';
import { verifySample } from '../../functions/src/storage/verify-sample.ts';
import { callBy, openAgentData, openManager, SILENT, spaceOf, testDatabase } from '../support/storage.ts';

/** A field of a composite index, as the index file and the emulator's report name it. */
interface IndexField {
  readonly fieldPath: string;
  readonly order?: string;
  readonly arrayConfig?: string;
  readonly vectorConfig?: { readonly dimension: number };
}

interface CompositeIndex {
  readonly collectionGroup: string;
  readonly queryScope: string;
  readonly fields: readonly IndexField[];
}

const file = JSON.parse(readFileSync('firestore.indexes.json', 'utf8')) as {
  indexes: CompositeIndex[];
  fieldOverrides: {
    collectionGroup: string;
    fieldPath: string;
    ttl?: boolean;
    indexes: { order?: string; queryScope: string }[];
  }[];
};

/** The collection group and the fields but `__name__`, which Firestore adds by itself. */
function signature(collectionGroup: string, fields: readonly IndexField[]): string {
  const named = fields.filter(({ fieldPath }) => fieldPath !== '__name__');
  return `${collectionGroup}: ${named.map((f) => `${f.fieldPath} ${f.order ?? f.arrayConfig ?? 'VECTOR'}`).join(', ')}`;
}

/** A database of its own, so that the report holds nothing but the queries made here. */
const DATABASE = 'index-tests';

interface UsedIndex {
  readonly name: string;
  readonly queryScope: string;
  readonly fields: readonly IndexField[];
}

/** The indexes that the queries of this run used, by the emulator's own report. */
async function reportedIndexes(): Promise<UsedIndex[]> {
  const project = process.env.GCLOUD_PROJECT;
  const address = `http://${process.env.FIRESTORE_EMULATOR_HOST}/emulator/v1/projects/${project}:indexUsage`;
  const response = await fetch(`${address}?database=projects/${project}/databases/${DATABASE}`);
  assert.equal(response.status, 200);
  const { reports = [] } = (await response.json()) as { reports?: { index: UsedIndex }[] };
  return reports.map(({ index }) => index);
}

const group = ({ name }: UsedIndex) => /collectionGroups\/([^/]+)/.exec(name)?.[1] ?? name;

/** The composite indexes among them. */
async function usedIndexes(): Promise<string[]> {
  return (await reportedIndexes())
    .filter(({ fields }) => fields.filter(({ fieldPath }) => fieldPath !== '__name__').length > 1)
    .map((index) => signature(group(index), index.fields));
}

describe('firestore.indexes.json', () => {
  const declared = new Set(
    file.indexes.map(({ collectionGroup, fields }) => signature(collectionGroup, fields)),
  );

  it('has every composite index that the queries use, and no other', async () => {
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
      await manager.search(['space'], { query: 'one', filter }, ann);
      if (Object.keys(filter).length > 0) await manager.purge('space', { filter }, ann);
    }
    const page = await manager.turns('space', { session: 's', limit: 1 }, ann);
    assert.equal(page.messages.length, 1);
    assert.equal((await manager.sessions('space', {}, ann)).sessions.length, 1);
    assert.equal((await manager.context('space', { session: 's' }, ann)).recent.length, 1);
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
    const inbox = new CommandInbox(testDatabase(DATABASE), tenantId, 'space', SILENT);
    assert.equal(await inbox.first('ann', ann), null);
    assert.deepEqual(await queuedBefore(testDatabase(DATABASE), Date.now(), 1, null), []);
    const used = new Set(await usedIndexes());
    const vectors = [...declared].filter((index) => index.endsWith('VECTOR'));
    const scanned = [...declared].filter((index) => !index.endsWith('VECTOR'));
    assert.deepEqual(
      [...used].filter((index) => !declared.has(index)),
      [],
    );
    assert.deepEqual(
      scanned.filter((index) => !used.has(index)),
      [],
    );
    assert.ok(vectors.length > 0);
  });

  it('has a collection group index for each query over all tenants, and no other', async () => {
    const database = testDatabase(DATABASE);
    await sweepExpired(database, { now: Date.now() });
    await reviveJobs(database, async () => undefined, Date.now());
    await queuedBefore(database, Date.now(), 1, null);
    await deadLetters(database);
    await verifySample(database, embedder);
    const used = (await reportedIndexes())
      .filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP')
      .map((index) => signature(group(index), index.fields));
    const single = file.fieldOverrides.flatMap(({ collectionGroup, fieldPath, indexes }) =>
      indexes
        .filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP')
        .map(({ order = '' }) => signature(collectionGroup, [{ fieldPath, order }])),
    );
    const composite = file.indexes
      .filter(({ queryScope }) => queryScope === 'COLLECTION_GROUP')
      .map(({ collectionGroup, fields }) => signature(collectionGroup, fields));
    assert.deepEqual(used.sort(), [...single, ...composite].sort());
    const swept = SWEPT_KINDS.map((kind) => `${kind}: expiresAt ASCENDING`);
    assert.deepEqual(single.sort(), [...swept, 'deadLetters: dead ASCENDING'].sort());
    assert.deepEqual(composite, [
      'inbox: state ASCENDING, createdAt ASCENDING',
      'jobs: state ASCENDING, updatedAt ASCENDING',
    ]);
  });

  it('has a vector index for each equality that search pushes down, and one for none', () => {
    // The emulator does not report vector queries, so this asks the code that makes them.
    const filters = [{}, { sessionId: 's' }, { tags: 't' }, { kind: 'k' }].map((filter) =>
      parseFilter(filter),
    );
    const prefix = (filter: FilterTree) => {
      const equality = pushedEquality(filter);
      if (equality === null) return '';
      return `${equality.field} ${equality.operator === '==' ? 'ASCENDING' : 'CONTAINS'}, `;
    };
    const wanted = filters.map((filter) => `index: ${prefix(filter)}vector VECTOR`);
    assert.deepEqual([...declared].filter((index) => index.endsWith('VECTOR')).sort(), wanted.sort());
    const dimensions = file.indexes.flatMap(({ fields }) =>
      fields.flatMap((f) => f.vectorConfig?.dimension ?? []),
    );
    assert.deepEqual([...new Set(dimensions)], [896]);
  });

  it('keeps texts, vectors and metadata out of the automatic indexes, and lets what expires be deleted', () => {
    const exempt = new Set(
      file.fieldOverrides
        .filter(({ indexes }) => indexes.length === 0)
        .map(({ collectionGroup, fieldPath }) => `${collectionGroup}.${fieldPath}`),
    );
    for (const field of [
      'memories.text',
      'memories.metadata',
      'index.vector',
      'index.semantic',
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
    const expiring = file.fieldOverrides
      .filter(({ ttl }) => ttl === true)
      .map(({ collectionGroup }) => collectionGroup);
    assert.deepEqual(expiring.sort(), ['agentData', 'inbox', 'jobs', 'memories', 'receipts', 'spaces']);
  });
});
