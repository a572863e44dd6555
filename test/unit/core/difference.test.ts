import assert from 'node:assert/strict';
import {
  addTallies,
  differenceCount,
  differencesOf,
  NOTHING_FOUND,
  type Stored,
  tallyOf,
} from '../../../functions/src/core/difference.ts';
import { type IndexEntry, planIndex } from '../../../functions/src/core/index-plan.ts';
import { createMemory, type MemoryRecord } from '../../../functions/src/core/memory.ts';

const AT = Date.UTC(2026, 0, 1);
const EMBEDDINGS = { embedderId: 'e', of: () => ({ vector: [3, 4, 0] }) };

function turn(text = 'The zebra sleeps.'): MemoryRecord {
  const input = { text, kind: 'message', sessionId: 's', tags: ['animals'] };
  const birth = { actor: 'ann', now: AT, tenant: 't', space: 'p', id: 'm', version: 1, place: 0 };
  return createMemory(input, birth);
}

function entryOf(record: MemoryRecord): IndexEntry {
  const plan = planIndex(record, null, EMBEDDINGS);
  assert.ok(plan.action === 'write');
  return plan.entry;
}

/** A turn with all that belongs to it, and what is said otherwise. */
function stored(otherwise: Partial<Stored> = {}): Stored {
  const record = turn();
  return {
    memory: { state: 'sound', record, complete: true },
    entry: { state: 'sound', entry: entryOf(record) },
    isOver: false,
    isClaimed: true,
    markedUntil: AT,
    ...otherwise,
  };
}

const withEntry = (change: Partial<IndexEntry>) =>
  stored({ entry: { state: 'sound', entry: { ...entryOf(turn()), ...change } } });

describe('the differences between a memory and what is derived', () => {
  it('are none where the write path has nothing to do', () => {
    assert.deepEqual(differencesOf(stored(), 'e'), []);
    assert.deepEqual(differencesOf(stored({ markedUntil: AT + 5 }), 'e'), []);
  });

  it('are told by kind', () => {
    const gone = { memory: { state: 'absent' } } as const;
    const cases: readonly (readonly [Stored, readonly string[]])[] = [
      [stored({ entry: { state: 'absent' } }), ['missing-entry']],
      [stored({ entry: { state: 'damaged' } }), ['damaged-entry']],
      [stored({ entry: { state: 'staged' } }), ['damaged-entry']],
      [stored({ memory: { state: 'sound', record: turn('Changed.'), complete: true } }), ['stale-entry']],
      [stored({ memory: { state: 'sound', record: turn(), complete: false } }), ['incomplete-memory']],
      [stored({ isClaimed: false }), ['missing-claim']],
      [stored({ markedUntil: null }), ['missing-marker']],
      [stored({ markedUntil: AT - 1 }), ['missing-marker']],
      [stored(gone), ['orphan-entry']],
      [stored({ ...gone, entry: { state: 'damaged' } }), ['orphan-entry']],
      [stored({ memory: { state: 'damaged' } }), ['damaged-memory', 'orphan-entry']],
      [stored({ memory: { state: 'damaged' }, entry: { state: 'absent' } }), ['damaged-memory']],
    ];
    for (const [found, expected] of cases) assert.deepEqual(differencesOf(found, 'e'), expected);
  });

  it('are an entry of another embedder', () => {
    assert.deepEqual(differencesOf(stored(), 'another'), ['stale-entry']);
  });

  it('are none where something is staged, or left to the sweeper, or there is nothing', () => {
    const gone = { memory: { state: 'absent' } } as const;
    for (const found of [
      stored({ memory: { state: 'staged' }, entry: { state: 'staged' } }),
      stored({ ...gone, entry: { state: 'staged' } }),
      stored({ ...gone, isOver: true }),
      stored({ ...gone, entry: { state: 'absent' } }),
    ]) {
      assert.deepEqual(differencesOf(found, 'e'), []);
    }
  });

  it('are in any field of an entry that says it is right, but not in the rounding of its vector', () => {
    const { vector, semantic, counted } = entryOf(turn());
    const changes: readonly Partial<IndexEntry>[] = [
      { contentHash: 'x' },
      { tags: [] },
      { sessionId: null },
      { importance: 0.6 },
      { occurredAt: '2027-01-01T00:00:00.000Z' },
      { expiresAt: '2027-01-01T00:00:00.000Z' },
      { counted: { ...counted, bytes: counted.bytes + 1 } },
      { length: 7 },
      { terms: ['zebra'] },
      { frequencies: [1, 2] },
      { embedded: 'x' },
      { semantic: semantic.map((byte) => byte + 1) },
      { speaker: ['x'] },
      { seq: 8 },
      { vector: vector.map((value) => value / 2) },
    ];
    for (const change of changes) {
      assert.deepEqual(differencesOf(withEntry(change), 'e'), ['damaged-entry'], JSON.stringify(change));
    }
    const rounded = { vector: vector.map((value) => value + 1e-9) };
    assert.deepEqual(differencesOf(withEntry(rounded), 'e'), []);
  });

  it('are added up by kind; a damaged memory is never mended', () => {
    const one = tallyOf(['missing-entry', 'damaged-memory', 'missing-entry'], true);
    assert.deepEqual(one, {
      ...NOTHING_FOUND,
      differences: { 'missing-entry': 2, 'damaged-memory': 1 },
      mended: 2,
    });
    const two = addTallies(one, { ...tallyOf(['missing-entry'], false), memories: 3, entries: 2 });
    assert.deepEqual(two, {
      memories: 3,
      entries: 2,
      differences: { 'missing-entry': 3, 'damaged-memory': 1 },
      mended: 2,
    });
    assert.equal(differenceCount(two), 4);
  });
});
