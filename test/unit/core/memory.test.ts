import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS } from '../../../functions/src/config.ts';
import type { MemoryInput } from '../../../functions/src/contract/types.ts';
import {
  type Birth,
  createMemory,
  isExpired,
  type MemoryRecord,
  seqOf,
  toIso,
} from '../../../functions/src/core/memory.ts';
import { memoryOf, NOW } from './sample.ts';

const BIRTH: Birth = {
  tenant: 'acme',
  space: 'team',
  id: 'm1',
  version: 1,
  place: 7,
  actor: 'ann',
  now: NOW,
};

function create(input: Partial<MemoryInput> = {}, birth: Partial<Birth> = {}): MemoryRecord {
  return createMemory({ text: 'Tom is a cat.', ...input }, { ...BIRTH, ...birth });
}

describe('a new memory', () => {
  it('gets what the request does not say', () => {
    const now = toIso(NOW);
    assert.deepEqual(create(), {
      memory: {
        id: 'm1',
        tenant: 'acme',
        space: 'team',
        kind: 'fact',
        text: 'Tom is a cat.',
        tags: [],
        metadata: {},
        importance: 0.5,
        occurredAt: now,
        createdAt: now,
        updatedAt: now,
        expiresAt: null,
        createdBy: 'ann',
        version: 1,
      },
      seq: NOW * 1_000 + 7,
      change: 'create',
      changedBy: 'ann',
    });
  });

  it('is what the request says', () => {
    const said = {
      text: 'x',
      kind: 'message',
      role: 'user',
      sessionId: 's',
      agentId: 'a',
      persona: 'p',
      source: 'mail',
      tags: ['b', 'a'],
      metadata: { city: 'Oslo' },
      importance: 0,
      occurredAt: '2020-02-29T12:00:00.000Z',
      expiresAt: '2030-01-01T00:00:00.000Z',
    } as const;
    const { memory } = create(said);
    assert.deepEqual({ ...memory, ...said }, memory);
    assert.deepEqual([memory.id, memory.tenant, memory.space], ['m1', 'acme', 'team']);
  });

  it('keeps each tag once, in the order in which they come', () => {
    assert.deepEqual(create({ tags: ['b', 'a', 'b', 'B'] }).memory.tags, ['b', 'a', 'B']);
  });

  it('has its times in milliseconds and UTC, however fine they were', () => {
    const { memory } = create({
      occurredAt: '2024-01-01T00:00:00.123987Z',
      expiresAt: '2031-01-01T00:00:00Z',
    });
    assert.equal(memory.occurredAt, '2024-01-01T00:00:00.123Z');
    assert.equal(memory.expiresAt, '2031-01-01T00:00:00.000Z');
  });

  it('expires as many seconds from now as it was given', () => {
    assert.equal(create({ ttlSeconds: 90 }).memory.expiresAt, toIso(NOW + 90_000));
    assert.equal(create({ ttlSeconds: 0.25 }).memory.expiresAt, toIso(NOW + 250));
    const last = create({ ttlSeconds: LIMITS.MAX_TTL_SECONDS }).memory.expiresAt;
    assert.equal(last, toIso(NOW + LIMITS.MAX_TTL_SECONDS * 1_000));
  });

  it('shares nothing with the request', () => {
    const input = { text: 'x', tags: ['a'], metadata: { city: 'Oslo' } };
    const { memory } = createMemory(input, BIRTH);
    input.tags.push('b');
    input.metadata.city = 'Rome';
    assert.deepEqual([memory.tags, memory.metadata], [['a'], { city: 'Oslo' }]);
  });
});

describe('the order of creation', () => {
  it('follows the time, then the place in the request', () => {
    const moment = fc.tuple(fc.nat({ max: NOW }), fc.nat({ max: LIMITS.MAX_BATCH - 1 }));
    fc.assert(
      fc.property(moment, moment, ([nowA, placeA], [nowB, placeB]) => {
        const earlier = nowA < nowB || (nowA === nowB && placeA < placeB);
        assert.equal(seqOf(nowA, placeA) < seqOf(nowB, placeB), earlier);
      }),
    );
  });

  it('is exact until 2255', () => {
    assert.ok(Number.isSafeInteger(seqOf(Date.parse('2255-01-01T00:00:00Z'), 999)));
  });
});

describe('a memory with an expiry', () => {
  it('is expired from that millisecond on', () => {
    const memory = memoryOf({ expiresAt: toIso(NOW) });
    assert.equal(isExpired(memory, NOW - 1), false);
    assert.equal(isExpired(memory, NOW), true);
    assert.equal(isExpired(memory, NOW + 1), true);
  });

  it('never is without one', () => {
    assert.equal(isExpired(memoryOf(), Number.MAX_SAFE_INTEGER), false);
  });
});
