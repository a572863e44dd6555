import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { differences } from '../../support/differences.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { callBy, freshId, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const DATABASE = 'retries';

/** gRPC status numbers. */
const INVALID_ARGUMENT = 3;
const UNAVAILABLE = 14;

/** Firestore says so of a transaction that it does not know any more; the SDK does not try that again. */
const CLOSED = { status: INVALID_ARGUMENT, message: 'The referenced transaction was closed.' };

describe('an operation whose database fails for a moment', () => {
  let link: FaultyLink;

  before(async () => {
    link = await openFaultyLink(DATABASE);
  });

  after(() => link.close());

  /** A manager on a fresh tenant; `paused` are its pauses, which take no time. */
  const open = () => {
    const tenantId = freshId('tenant');
    const paused: number[] = [];
    const manager = new FirestoreMemoryManager({
      database: testDatabase(DATABASE),
      tenantId,
      cursorSecret: 's'.repeat(43),
      embedder,
      log: SILENT,
      pauses: { random: () => 0.5, wait: async (milliseconds) => void paused.push(milliseconds) },
    });
    return { manager, paused, paths: spaceOf(tenantId, 's', DATABASE) };
  };

  it('reads in spite of UNAVAILABLE, twice: the SDK itself reads again, and nothing is left to do', async () => {
    const { manager, paused } = open();
    await manager.add('s', { memories: [{ id: 'm', text: 'here' }] }, callBy('ann'));
    link.failNextReads({ status: UNAVAILABLE }, { status: UNAVAILABLE });
    assert.equal((await manager.get('s', 'm', callBy('ann'))).text, 'here');
    assert.deepEqual([link.reads, paused], [3, []]);
  });

  it('adds once, whether or not the commits that failed were applied, with and without a key', async () => {
    for (const when of ['before', 'after'] as const) {
      for (const keyed of [{}, { key: 'k' }]) {
        const { manager, paused, paths } = open();
        link.failNext({ when, ...CLOSED });
        const request = { memories: [{ text: 'once' }], dedupe: 'off' as const, ...keyed };
        const { results } = await manager.add('s', request, callBy('ann'));
        assert.deepEqual(
          results.map(({ version, outcome }) => [version, outcome]),
          [[1, 'created']],
        );
        assert.deepEqual(paused, [50]);
        assert.equal((await paths.memories.get()).size, 1);
        assert.deepEqual(await differences(paths), []);
      }
    }
  });

  it('updates once, at once: a commit that may have been applied is looked for', async () => {
    const { manager, paused } = open();
    await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, callBy('ann'));
    link.failNext({ when: 'after', status: UNAVAILABLE });
    const { memory } = await manager.update('s', { id: 'm', changes: { text: 'second' } }, callBy('ann'));
    assert.equal(memory.version, 2);
    assert.deepEqual(paused, []);
  });

  it('restores once, at once: a transaction that was over is begun anew', async () => {
    const { manager, paused } = open();
    await manager.add('s', { memories: [{ id: 'm', text: 'first' }] }, callBy('ann'));
    await manager.update('s', { id: 'm', changes: { text: 'second' } }, callBy('ann'));
    link.failNext({ when: 'after', ...CLOSED });
    const { memory } = await manager.restore('s', { id: 'm', version: 1 }, callBy('ann'));
    assert.deepEqual([memory.version, memory.text, paused], [3, 'first', []]);
  });
});
