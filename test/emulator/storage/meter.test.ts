import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { countVectorScan, installMeter, measure } from '../../../functions/src/storage/meter.ts';
import { openCounters } from '../../../functions/src/storage/open-counters.ts';
import type { OperationLog } from '../../../functions/src/storage/operation-log.ts';
import { callBy, freshId, spaceOf, testDatabase } from '../../support/storage.ts';

type Ended = Parameters<OperationLog['ended']>[0];

/** A manager on a fresh tenant whose log is read as `operation: reads + writes`; its space was used before. */
async function open() {
  const told: string[] = [];
  const log = {
    ended: ({ operation, reads, writes }: Ended) => told.push(`${operation}: ${reads} + ${writes}`),
    failed: () => undefined,
  };
  const tenantId = freshId('tenant');
  await openCounters(testDatabase(), spaceOf(tenantId, 'space'));
  const config = { database: testDatabase(), tenantId, cursorSecret: 's'.repeat(43) };
  return { manager: new FirestoreMemoryManager({ ...config, embedder, log }), told };
}

const call = () => callBy('ann');

/** The operations of one member, each with what it reads and writes, and nothing else. */
async function oneAfterAnother(): Promise<string[]> {
  const { manager, told } = await open();
  const s = 'space';
  await manager.append(s, { session: 'c', messages: [{ role: 'user', text: 'hello' }] }, call());
  await manager.add(s, { memories: [{ id: 'm', text: 'first' }], dedupe: 'off' }, call());
  await manager.get(s, 'm', call());
  await assert.rejects(manager.get(s, 'missing', call()));
  await manager.list(s, {}, call());
  await manager.list('empty', {}, call());
  await manager.update(s, { id: 'm', changes: { tags: ['x'] } }, call());
  await manager.delete(s, { id: 'm', key: 'k' }, call());
  await manager.delete(s, { id: 'm', key: 'k' }, call());
  await manager.history(s, { id: 'm' }, call());
  return told;
}

/** Counted by hand from docs/api.md. */
const EXPECTED = [
  // Nothing; memory, entry, claim, marker, counter.
  'session.append: 0 + 5',
  // The space, the entry, the memory, the query for the last revision; memory, entry, claim, counter.
  'memory.add: 4 + 4',
  'memory.get: 1 + 0',
  'memory.get: 1 + 0',
  'memory.list: 2 + 0',
  // A query that finds nothing is billed as one read.
  'memory.list: 1 + 0',
  // Memory and entry; memory, revision, entry, counter.
  'memory.update: 2 + 4',
  // The receipt too; memory, two revisions, entry, counter, receipt.
  'memory.delete: 3 + 6',
  'memory.delete: 3 + 0',
  // The memory, and its three revisions.
  'memory.history: 4 + 0',
];

describe('the operation log', () => {
  it('tells what each operation read and wrote', async () => {
    assert.deepEqual(await oneAfterAnother(), EXPECTED);
  });

  it('tells the same of operations that run at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, oneAfterAnother));
    for (const told of all) assert.deepEqual(told, EXPECTED);
  });
});

describe('the meter', () => {
  const readsOf = async (work: () => Promise<unknown>) => {
    const { result, footprint } = measure(testDatabase(), work);
    await result;
    return footprint()?.reads;
  };

  it('counts a thousand counted entries as one read, and at least one for each count', async () => {
    const counted = testDatabase().collection(freshId('counted'));
    const count = () => readsOf(() => counted.count().get());
    assert.equal(await count(), 1);
    const writer = testDatabase().bulkWriter();
    for (let n = 0; n < 1_000; n += 1) void writer.create(counted.doc(`n${n}`), {});
    await writer.close();
    assert.equal(await count(), 1);
    await counted.doc('one more').create({});
    assert.equal(await count(), 2);
  });

  it('counts a hundred scanned entries as one read, for the operation and the one around it', async () => {
    const scan = (entries: number) => readsOf(async () => countVectorScan(entries));
    assert.deepEqual(await Promise.all([0, 1, 100, 101, 20_000].map(scan)), [0, 1, 1, 2, 200]);
    assert.equal(await readsOf(() => Promise.all([scan(250), scan(1)])), 4);
  });
});

describe('an Admin SDK that has changed', () => {
  it('loses the figures where there are no such doors', async () => {
    const database = {};
    installMeter(database);
    const { result, footprint } = measure(database as never, async () => 'done');
    assert.deepEqual([await result, footprint(), Object.keys(database)], ['done', null, []]);
  });

  it('loses no call where what comes through the doors is something else', async () => {
    const database = { request: async () => 'answer', requestStream: async () => 'stream' };
    installMeter(database);
    const { request, requestStream } = database as Record<string, (...args: unknown[]) => unknown>;
    const { result } = measure(database as never, () =>
      Promise.all([request!('commit', null), request!('commit', { writes: 1 }), requestStream!('x')]),
    );
    assert.deepEqual(await result, ['answer', 'answer', 'stream']);
  });

  it('would be told by this test: the doors of the present one are counted', () => {
    assert.notEqual(measure(testDatabase(), async () => null).footprint(), null);
  });
});
