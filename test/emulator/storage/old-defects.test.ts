/** The defects of the memory managers that this module replaces, each shown to be impossible here. */
import assert from 'node:assert/strict';
import type { MemoryInput } from '../../../functions/src/contract/types.ts';
import { contentHash } from '../../../functions/src/core/dedupe.ts';
import { ConnectionError, OperationError } from '../../../functions/src/errors.ts';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { ping } from '../../../functions/src/storage/ping.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { sweepExpired } from '../../../functions/src/storage/sweep.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { openDatabaseAt } from '../../support/faulty-link.ts';
import {
  callBy,
  freshId,
  openAgentData,
  openManager,
  SILENT,
  spaceOf,
  testDatabase,
} from '../../support/storage.ts';

const ann = () => callBy('ann');
const MISSING = failsWith('not-found', 'memory-not-found');

/** A port on which nobody listens: a database that is down. */
const NOWHERE = '127.0.0.1:1';

function managerOf(overrides: Partial<ConstructorParameters<typeof FirestoreMemoryManager>[0]>) {
  const tenantId = freshId('tenant');
  const config = { database: testDatabase(), tenantId, cursorSecret: 's'.repeat(43), embedder, log: SILENT };
  return { manager: new FirestoreMemoryManager({ ...config, ...overrides }), tenantId };
}

/** The ids of all pages of a list; fails instead of going round for ever. */
async function pagesOf(manager: FirestoreMemoryManager, limit: number, mostPages: number): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const request = { limit, ...(cursor !== undefined && { cursor }) };
    const { memories, nextCursor } = await manager.list('s', request, ann());
    ids.push(...memories.map(({ id }) => id));
    if (nextCursor === null) return ids;
    cursor = nextCursor;
  }
  assert.fail(`more than ${mostPages} pages`);
}

describe('what went wrong in the old memory managers cannot happen', () => {
  it('an id alone reads nothing: not from another space, not from another tenant', async () => {
    const { manager } = openManager();
    await manager.add('ann', { memories: [{ id: 'm', text: 'private' }] }, ann());
    await assert.rejects(manager.get('ben', 'm', callBy('ben')), MISSING);
    await assert.rejects(openManager().manager.get('ann', 'm', ann()), MISSING);
    assert.equal((await manager.get('ann', 'm', ann())).text, 'private');
  });

  it('an id that the caller chose overwrites nothing, whoever has it', async () => {
    const { manager } = openManager();
    await manager.add('s', { memories: [{ id: 'm', text: 'of Ann' }] }, ann());
    const taken = manager.add('s', { memories: [{ id: 'm', text: 'of Ben' }] }, callBy('ben'));
    await assert.rejects(taken, failsWith('already-exists', 'id-taken'));
    await manager.add('t', { memories: [{ id: 'm', text: 'of Ben' }] }, callBy('ben'));
    const memory = await manager.get('s', 'm', ann());
    assert.deepEqual([memory.text, memory.createdBy, memory.version], ['of Ann', 'ann', 1]);
  });

  it('the space is honoured by every read, and ids that join to the same name stay apart', async () => {
    const prefix = freshId('t');
    // Joined by `_` or `-`, each pair of tenant and space is `prefix_a_b`.
    const places = [
      [`${prefix}_a`, 'b'],
      [prefix, 'a_b'],
      [`${prefix}-a`, 'b'],
      [prefix, 'a-b'],
    ] as const;
    for (const [n, [tenant, space]] of places.entries()) {
      const { manager } = openManager(tenant);
      await manager.add(space, { memories: [{ id: 'm', text: `secret ${n}` }] }, ann());
    }
    for (const [n, [tenant, space]] of places.entries()) {
      const { manager } = openManager(tenant);
      const texts = [`secret ${n}`];
      assert.equal((await manager.get(space, 'm', ann())).text, texts[0]);
      const { memories } = await manager.list(space, {}, ann());
      const { results } = await manager.search([space], { query: 'secret' }, ann());
      assert.deepEqual(
        [memories.map(({ text }) => text), results.map(({ memory }) => memory.text)],
        [texts, texts],
      );
    }
  });

  it('every memory has the time at which it was added, not that at which the code was loaded', async () => {
    const { manager } = openManager();
    for (const now of [Date.UTC(2020, 0, 1), Date.UTC(2021, 0, 1)]) {
      const { results } = await manager.add('s', { memories: [{ text: `${now}` }] }, callBy('ann', { now }));
      const { createdAt, occurredAt, updatedAt } = await manager.get('s', results[0]!.id, ann());
      assert.deepEqual(new Set([createdAt, occurredAt, updatedAt]), new Set([new Date(now).toISOString()]));
    }
  });

  it('an expiry is stored as the time by which Firestore cleans up, in memory, entry and receipt', async () => {
    const { manager, tenantId } = openManager();
    const now = Date.now();
    const request = { memories: [{ id: 'm', text: 'brief', ttlSeconds: 60 }], key: 'k' };
    await manager.add('s', request, callBy('ann', { now }));
    const paths = spaceOf(tenantId, 's');
    const stored = [await paths.memory('m').get(), await paths.entry('m').get()];
    for (const document of stored) assert.equal(document.get('expiresAt').toMillis(), now + 60_000);
    const { docs } = await paths.space.collection('receipts').get();
    assert.equal(docs.length, 1);
    assert.ok(docs[0]!.get('expiresAt').toMillis() > now);
  });

  it('a database that is down makes every operation fail: no made-up id, no empty history, nothing kept aside', async () => {
    const { manager, tenantId } = managerOf({ database: openDatabaseAt(NOWHERE, 'nowhere') });
    const { agentData, spaces } = manager;
    const impatient = () => callBy('ann', { deadline: Date.now() + 500 });
    const attempts: (() => Promise<unknown>)[] = [
      () => manager.add('s', { memories: [{ id: 'm', text: 'x' }] }, impatient()),
      () => manager.get('s', 'm', impatient()),
      () => manager.list('s', {}, impatient()),
      () => manager.search(['s'], { query: 'x' }, impatient()),
      () => manager.update('s', { id: 'm', changes: { text: 'y' } }, impatient()),
      () => manager.delete('s', { id: 'm' }, impatient()),
      () => manager.history('s', { id: 'm' }, impatient()),
      () => manager.restore('s', { id: 'm', version: 1 }, impatient()),
      () => manager.append('s', { session: 'c', messages: [{ role: 'user', text: 'x' }] }, impatient()),
      () => manager.turns('s', { session: 'c' }, impatient()),
      () => manager.sessions('s', {}, impatient()),
      () => manager.context('s', { session: 'c' }, impatient()),
      () => manager.deleteSession('s', { session: 'c' }, impatient()),
      () => manager.purge('s', { filter: { all: true } }, impatient()),
      () => agentData.add('s', { agentId: 'a', type: 't', content: 1 }, impatient()),
      () => agentData.get('s', 'r', impatient()),
      () => agentData.list('s', {}, impatient()),
      () => agentData.delete('s', { id: 'r' }, impatient()),
      () => spaces.create({ name: 'x' }, impatient()),
      () => spaces.grant('ann', { uid: 'ben', access: 'read' }, impatient()),
      () => spaces.revoke('ann', { uid: 'ben' }, impatient()),
      () => spaces.list({}, impatient()),
      () => spaces.stats('s', impatient()),
      () => spaces.delete('s', {}, impatient()),
    ];
    const isDown = (error: unknown) => error instanceof ConnectionError && error.retryable;
    await Promise.all(attempts.map((attempt) => assert.rejects(attempt(), isDown)));
    await assert.rejects(manager.get('s', 'm', impatient()), isDown);
    const [outcome] = await manager.batch([{ op: 'get', spaces: ['s'], request: { id: 'm' } }], impatient());
    assert.ok(outcome !== undefined && !outcome.ok && isDown(outcome.error));
    await assert.rejects(openManager(tenantId).manager.get('s', 'm', ann()), MISSING);
  });

  it('a ping that fails is a failure, and one that works is none', async () => {
    const down = openDatabaseAt(NOWHERE, 'nowhere');
    await assert.rejects(ping(down, ann()), (error) => error instanceof ConnectionError);
    await ping(testDatabase(), ann());
  });

  it('the second page begins after the first, and the last one ends', async () => {
    const { manager } = openManager();
    const memories = Array.from({ length: 7 }, (_, n) => ({ id: `m${n}`, text: `number ${n}` }));
    await manager.add('s', { memories }, ann());
    const ids = await pagesOf(manager, 3, 3);
    assert.deepEqual(ids.toSorted(), memories.map(({ id }) => id).toSorted());
  });

  it('search finds the one memory that answers, however many were written before and after it', async () => {
    const { manager } = openManager();
    const crowd = (part: number) =>
      Array.from({ length: 30 }, (_, n) => ({ text: `Today I drank coffee, cup ${part * 30 + n}` }));
    await manager.add('s', { memories: crowd(0) }, ann());
    await manager.add('s', { memories: [{ id: 'needle', text: 'The key is under the mat' }] }, ann());
    await manager.add('s', { memories: crowd(1) }, ann());
    for (const mode of ['hybrid', 'semantic', 'keyword'] as const) {
      const { results } = await manager.search(['s'], { query: 'where is the key', mode }, ann());
      assert.equal(results[0]?.memory.id, 'needle', mode);
    }
  });

  it('a vector of another length is not skipped in silence: words find it, and it is known as stale', async () => {
    const tiny: Embedder = {
      id: 'tiny',
      dimensions: 4,
      embed: async (texts) => texts.map(() => [1, 0, 0, 0]),
    };
    const old = managerOf({ embedder: tiny });
    await old.manager.add('s', { memories: [{ id: 'm', text: 'The key is under the mat' }] }, ann());
    const { manager } = openManager(old.tenantId);
    const found = async (mode: 'hybrid' | 'keyword' | 'semantic') => {
      const { results } = await manager.search(['s'], { query: 'key', mode }, ann());
      return results.map(({ memory }) => memory.id);
    };
    assert.deepEqual([await found('hybrid'), await found('keyword')], [['m'], ['m']]);
    const paths = spaceOf(old.tenantId, 's');
    const [wrong = '', ...others] = await differences(paths);
    assert.match(wrong, /^entry m: differs in .*embedder/);
    assert.deepEqual(others, []);
    await reconcileMemory(testDatabase(), embedder, {
      tenantId: old.tenantId,
      spaceId: 's',
      memoryId: 'm',
    });
    assert.deepEqual([await found('semantic'), await differences(paths)], [['m'], []]);
  });

  it('a duplicate is one and the same thing for every way to add, and is decided with the write', async () => {
    const { manager, tenantId } = openManager();
    const spellings = [
      'Caf\u00e9 at nine',
      ' Caf\u00e9  at nine',
      'Cafe\u0301 at nine',
      'Caf\u00e9\tat\nnine ',
    ];
    const answers = await Promise.all([
      ...spellings.map((text, n) => manager.add('s', { memories: [{ text }] }, callBy(`u${n}`))),
      manager.add('s', { memories: spellings.map((text) => ({ text })) }, ann()),
    ]);
    const results = answers.flatMap((answer) => answer.results);
    assert.equal(new Set(results.map(({ id }) => id)).size, 1);
    assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 1);
    assert.deepEqual(await differences(spaceOf(tenantId, 's')), []);
  });

  it('what is compared is what is stored: a memory that changed is known by its new text, not by its old', async () => {
    const { manager, tenantId } = openManager();
    await manager.add('s', { memories: [{ id: 'm', text: 'The card is 1234' }] }, ann());
    await manager.update('s', { id: 'm', changes: { text: 'The card is [redacted]' } }, ann());
    const entry = await spaceOf(tenantId, 's').entry('m').get();
    assert.equal(entry.get('contentHash'), contentHash(await manager.get('s', 'm', ann())));
    const outcome = async (text: string) =>
      (await manager.add('s', { memories: [{ text }] }, ann())).results[0]!.outcome;
    assert.equal(await outcome('The card is [redacted]'), 'duplicate');
    assert.equal(await outcome('The card is 1234'), 'created');
  });

  it('metadata that nobody has heard of is kept as it is, and can be asked for', async () => {
    const { manager } = openManager();
    const metadata = { invented: { deep: [1, 'two', null, false] }, 'with space': '', zero: 0, none: null };
    await manager.add('s', { memories: [{ id: 'm', text: 'x', metadata }] }, ann());
    assert.deepEqual((await manager.get('s', 'm', ann())).metadata, metadata);
    const { memories } = await manager.list('s', { filter: { 'metadata.zero': 0 } }, ann());
    assert.deepEqual(memories[0]?.metadata, metadata);
  });

  it('an error that is not of the connection is not told as one', async () => {
    const bug = new TypeError('a bug');
    const broken: Embedder = { id: 'broken', dimensions: 4, embed: () => Promise.reject(bug) };
    const { manager } = managerOf({ embedder: broken });
    const search = manager.search(['s'], { query: 'x', mode: 'semantic' }, ann());
    await assert.rejects(search, (error) => {
      assert.ok(error instanceof OperationError && !error.retryable);
      assert.deepEqual([error.code, error.cause], ['internal', bug]);
      assert.ok(!error.message.includes('bug'));
      return true;
    });
  });

  it('agent data that expires is gone at its time, and is cleaned up', async () => {
    const database = freshId('old-defects');
    const records = openAgentData('acme', database);
    const paths = spaceOf('acme', 's', database);
    const now = Date.now();
    const record = { agentId: 'a', type: 't', content: 'x' };
    const { id } = await records.add('s', { ...record, ttlSeconds: 60 }, callBy('ann', { now }));
    const { id: kept } = await records.add('s', record, callBy('ann', { now }));
    const later = now + 60_001;
    const gone = records.get('s', id, callBy('ann', { now: later }));
    await assert.rejects(gone, failsWith('not-found', 'record-not-found'));
    assert.ok((await paths.record(id).get()).exists);
    await sweepExpired(testDatabase(database), { now: later });
    assert.deepEqual(
      (await paths.agentData.get()).docs.map((document) => document.id),
      [kept],
    );
  });

  it('bringing the same memories over twice makes them once, with their own ids', async () => {
    const { manager, tenantId } = openManager();
    const memories: MemoryInput[] = Array.from({ length: 10 }, (_, n) => ({
      id: `old${n}`,
      text: `old ${n}`,
    }));
    const run = async () => (await manager.add('s', { memories }, ann())).results;
    const first = await run();
    assert.deepEqual(
      first.map(({ id, outcome }) => [id, outcome]),
      memories.map(({ id }) => [id, 'created']),
    );
    assert.deepEqual(
      await run(),
      first.map((result) => ({ ...result, outcome: 'duplicate' })),
    );
    assert.equal((await pagesOf(manager, 4, 4)).length, memories.length);
    assert.deepEqual(await differences(spaceOf(tenantId, 's')), []);
  });
});
