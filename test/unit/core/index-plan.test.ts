import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Memory } from '../../../functions/src/contract/types.ts';
import { contentHash } from '../../../functions/src/core/dedupe.ts';
import {
  type Embeddings,
  type IndexEntry,
  planIndex,
  textToEmbed,
} from '../../../functions/src/core/index-plan.ts';
import { countedAs } from '../../../functions/src/core/stats.ts';
import { anyMemory, memoryOf } from './sample.ts';

const DIMENSIONS = 8;

/** An embedder that knows every text, and notes those that it was asked for. */
function embeddings(embedderId = 'model-1'): Embeddings & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    embedderId,
    asked,
    of: (text) => {
      asked.push(text);
      const bytes = createHash('sha256').update(`${embedderId} ${text}`).digest().subarray(0, DIMENSIONS);
      return { vector: [...bytes].map((byte) => byte - 127.5) };
    },
  };
}

/** An embedder that knows no text. */
const KNOWS_NONE: Embeddings = { embedderId: 'model-1', of: () => undefined };

/** The plan for a memory that was the eighth of its call. */
function planFor(memory: Memory | null, entry: IndexEntry | null, by: Embeddings) {
  return planIndex(memory && { memory, seq: 7 }, entry, by);
}

function entryOf(memory: Memory, by: Embeddings = embeddings()): IndexEntry {
  const plan = planFor(memory, null, by);
  assert.equal(plan.action, 'write');
  assert.ok('entry' in plan);
  return plan.entry;
}

/** Equal but for the last bits of the vector, which was brought to length 1 once more. */
function isSameEntry(actual: IndexEntry | null, expected: IndexEntry | null): void {
  assert.equal(actual === null, expected === null);
  if (actual === null || expected === null) return;
  const { vector, ...rest } = actual;
  const { vector: wanted, ...others } = expected;
  assert.deepEqual(rest, others);
  assert.equal(vector.length, wanted.length);
  for (const [place, value] of vector.entries()) assert.ok(Math.abs(value - wanted[place]!) < 1e-12);
}

const MEMORY = memoryOf({ text: 'The cat is called Tom.', sessionId: 's', role: 'user', tags: ['pet'] });

describe('the index plan', () => {
  it('is to write the entry of a memory that has none', () => {
    const entry = entryOf(MEMORY);
    assert.equal(entry.version, 1);
    assert.equal(entry.contentHash, contentHash(MEMORY));
    assert.deepEqual(entry.counted, countedAs(MEMORY));
    const { kind, sessionId, tags, importance, occurredAt, expiresAt } = entry;
    assert.deepEqual({ ...MEMORY, kind, sessionId, tags, importance, occurredAt, expiresAt }, MEMORY);
    assert.ok(entry.terms.includes('cat'));
    assert.equal(entry.terms.length, entry.frequencies.length);
    assert.equal(
      entry.frequencies.reduce((sum, each) => sum + each, 0),
      entry.length,
    );
    assert.equal(entry.semantic.length, DIMENSIONS);
    assert.equal(entry.vector.length, 512 + 384);
  });

  it('is nothing for an entry that is up to date, and asks for no vector', () => {
    const by = embeddings();
    const entry = entryOf(MEMORY);
    assert.deepEqual(planFor(structuredClone(MEMORY), entry, by), { action: 'none' });
    assert.deepEqual(planFor(MEMORY, entry, KNOWS_NONE), { action: 'none' });
    assert.deepEqual(by.asked, []);
  });

  it('is nothing where neither memory nor entry is, and to delete an entry without a memory', () => {
    assert.deepEqual(planFor(null, null, KNOWS_NONE), { action: 'none' });
    assert.deepEqual(planFor(null, entryOf(MEMORY), KNOWS_NONE), { action: 'delete' });
  });

  const indexed: readonly [field: string, changes: Partial<Memory>][] = [
    ['kind', { kind: 'note' }],
    ['role', { role: 'assistant' }],
    ['sessionId', { sessionId: 't' }],
    ['tags', { tags: ['pet', 'cat'] }],
    ['metadata', { metadata: { a: 1 } }],
    ['importance', { importance: 0.6 }],
    ['occurredAt', { occurredAt: '2024-05-01T08:00:00.001Z' }],
    ['expiresAt', { expiresAt: '2030-01-01T00:00:00.000Z' }],
    ['persona', { persona: 'Ann' }],
    ['version', { version: 2 }],
  ];
  for (const [field, changes] of indexed) {
    it(`is to write on a change of ${field}, with the vector that there is`, () => {
      const changed = { ...MEMORY, ...changes };
      const plan = planFor(changed, entryOf(MEMORY), KNOWS_NONE);
      assert.ok('entry' in plan, `the plan is ${plan.action}`);
      isSameEntry(plan.entry, entryOf(changed));
    });
  }

  it('is to embed on a change of the text, and to write once the vector is known', () => {
    const changed = { ...MEMORY, text: 'The dog is called Tom.' };
    const entry = entryOf(MEMORY);
    assert.deepEqual(planFor(changed, entry, KNOWS_NONE), { action: 'embed', text: textToEmbed(changed) });
    const by = embeddings();
    assert.equal(planFor(changed, entry, by).action, 'write');
    assert.deepEqual(by.asked, [textToEmbed(changed)]);
  });

  it('is to embed again where the meaning is not the one that was made, rather than to keep it', () => {
    const entry = entryOf(MEMORY);
    const changed = { ...MEMORY, tags: ['other'] };
    for (const field of ['semantic', 'tokens'] as const) {
      const spoilt = { ...entry, [field]: new Uint8Array([1, 2, 3]) };
      assert.equal(planFor(changed, spoilt, KNOWS_NONE).action, 'embed', field);
    }
    assert.equal(planFor(changed, entry, KNOWS_NONE).action, 'write');
  });

  it('is to embed again with another embedder', () => {
    const entry = entryOf(MEMORY);
    const text = textToEmbed(MEMORY);
    assert.deepEqual(planFor(MEMORY, entry, { ...KNOWS_NONE, embedderId: 'model-2' }), {
      action: 'embed',
      text,
    });
    const other = embeddings('model-2');
    const plan = planFor(MEMORY, entry, other);
    assert.ok('entry' in plan);
    assert.deepEqual(plan.entry, entryOf(MEMORY, other));
  });

  it('is nothing on a change of what is not indexed', () => {
    const changes = { source: 's', agentId: 'a', updatedAt: '2024-05-03T08:00:00.000Z' };
    assert.deepEqual(planFor({ ...MEMORY, ...changes }, entryOf(MEMORY), KNOWS_NONE), { action: 'none' });
  });

  it('does not depend on the order of the keys in metadata', () => {
    const entry = entryOf({ ...MEMORY, metadata: { a: 1, b: { c: 2, d: 3 } } });
    const plan = planFor({ ...MEMORY, metadata: { b: { d: 3, c: 2 }, a: 1 } }, entry, KNOWS_NONE);
    assert.deepEqual(plan, { action: 'none' });
  });

  it('leads from any sequence of states to the entry of the last one, and then to nothing', () => {
    const state = fc.option(anyMemory, { freq: 4 });
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 8 }), (states) => {
        let entry: IndexEntry | null = null;
        for (const memory of states) {
          const plan = planFor(memory, entry, embeddings());
          if (plan.action === 'delete') entry = null;
          if (plan.action === 'write') entry = plan.entry;
          assert.notEqual(plan.action, 'embed');
          isSameEntry(entry, memory === null ? null : entryOf(memory));
          assert.deepEqual(planFor(memory, entry, KNOWS_NONE), { action: 'none' });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not wear the vector out, however often the memory is changed', () => {
    let entry = entryOf(MEMORY);
    for (let version = 2; version < 500; version += 1) {
      const plan = planFor({ ...MEMORY, version }, entry, KNOWS_NONE);
      assert.ok('entry' in plan);
      entry = plan.entry;
    }
    isSameEntry(entry, entryOf({ ...MEMORY, version: 499 }));
  });
});
