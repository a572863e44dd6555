import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MemoryChanges } from '../../../functions/src/contract/types.ts';
import { changeMemory, createMemory, type MemoryRecord, toIso } from '../../../functions/src/core/memory.ts';
import { anyMemory, NOW } from './sample.ts';

const BIRTH = { tenant: 'acme', space: 'team', id: 'm1', version: 1, place: 7, actor: 'ann', now: NOW };
const ACT = { actor: 'bob', now: NOW + 5_000 };

describe('a change of a memory', () => {
  const record = createMemory(
    {
      text: 'Tom is a cat.',
      kind: 'message',
      role: 'user',
      sessionId: 's',
      agentId: 'a',
      persona: 'p',
      source: 'mail',
      tags: ['x'],
      metadata: { city: 'Oslo', n: 1 },
      importance: 0.9,
      occurredAt: '2020-01-01T00:00:00.000Z',
      expiresAt: '2030-01-01T00:00:00.000Z',
    },
    BIRTH,
  );
  const changed = (changes: MemoryChanges) => changeMemory(record, changes, ACT).memory;

  it('changes what it names, the version and the time of the change, and nothing else', () => {
    const { memory, ...rest } = changeMemory(record, { text: 'new' }, ACT);
    assert.deepEqual(memory, { ...record.memory, text: 'new', version: 2, updatedAt: toIso(ACT.now) });
    assert.deepEqual(rest, { seq: record.seq, change: 'update', changedBy: 'bob' });
  });

  it('sets each field that it names', () => {
    const changes = {
      text: 'y',
      kind: 'note',
      role: 'tool',
      sessionId: 't',
      agentId: 'b',
      persona: 'q',
      source: 'chat',
      tags: ['z', 'z'],
      metadata: { n: 2 },
      importance: 0,
      occurredAt: '2021-01-01T00:00:00Z',
      expiresAt: '2031-01-01T00:00:00Z',
    } as const;
    const stamps = { version: 2, updatedAt: toIso(ACT.now) };
    const times = { occurredAt: '2021-01-01T00:00:00.000Z', expiresAt: '2031-01-01T00:00:00.000Z' };
    assert.deepEqual(changed(changes), { ...record.memory, ...changes, tags: ['z'], ...times, ...stamps });
  });

  it('replaces metadata as a whole', () => {
    assert.deepEqual(changed({ metadata: { town: 'Oslo' } }).metadata, { town: 'Oslo' });
  });

  for (const field of ['role', 'sessionId', 'agentId', 'persona', 'source'] as const) {
    it(`clears ${field} by null`, () => {
      const memory = changed({ [field]: null });
      assert.equal(Object.hasOwn(memory, field), false);
      assert.deepEqual(
        { ...memory, [field]: record.memory[field] },
        {
          ...record.memory,
          version: 2,
          updatedAt: toIso(ACT.now),
        },
      );
    });
  }

  it('brings back the default of tags, metadata and importance, and clears the expiry, by null', () => {
    const { tags, metadata, importance, expiresAt } = changed({
      tags: null,
      metadata: null,
      importance: null,
      expiresAt: null,
    });
    assert.deepEqual(
      { tags, metadata, importance, expiresAt },
      {
        tags: [],
        metadata: {},
        importance: 0.5,
        expiresAt: null,
      },
    );
  });

  it('counts the seconds of an expiry from the change on', () => {
    assert.equal(changed({ ttlSeconds: 60 }).expiresAt, toIso(ACT.now + 60_000));
  });

  it('raises the version by one and never moves the time of the change backwards', () => {
    const step = fc.integer({ min: -10_000_000, max: 10_000_000 });
    fc.assert(
      fc.property(anyMemory, fc.array(step, { minLength: 1, maxLength: 6 }), (memory, steps) => {
        let last: MemoryRecord = { memory, seq: 0, change: 'create', changedBy: 'ann' };
        for (const difference of steps) {
          const next = changeMemory(last, { kind: 'note' }, { actor: 'bob', now: NOW + difference });
          assert.equal(next.memory.version, last.memory.version + 1);
          assert.ok(Date.parse(next.memory.updatedAt) >= Date.parse(last.memory.updatedAt));
          assert.ok(Date.parse(next.memory.updatedAt) >= NOW + difference);
          last = next;
        }
      }),
    );
  });

  it('leaves id, tenant, space, author and creation as they are, and the record it began with', () => {
    fc.assert(
      fc.property(anyMemory, anyMemory, (memory, other) => {
        const before: MemoryRecord = { memory, seq: 5, change: 'create', changedBy: 'ann' };
        const copy = structuredClone(before);
        const { text, kind, tags, metadata, importance, occurredAt, expiresAt } = other;
        const changes = { text, kind, tags, metadata, importance, occurredAt, expiresAt };
        const after = changeMemory(before, changes, ACT).memory;
        assert.deepEqual(before, copy);
        for (const field of ['id', 'tenant', 'space', 'createdBy', 'createdAt'] as const) {
          assert.equal(after[field], memory[field]);
        }
      }),
    );
  });

  it('decides the same when a transaction runs it again', () => {
    const changes = { ttlSeconds: 5, tags: ['a'], role: null };
    assert.deepEqual(changeMemory(record, changes, ACT), changeMemory(record, changes, ACT));
  });
});
