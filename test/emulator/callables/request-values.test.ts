import assert from 'node:assert/strict';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { post, resultOf, withField } from '../../support/callable.ts';
import { type Requests, soundRequests } from '../../support/sound-requests.ts';
import { documentsOf } from '../../support/stored-documents.ts';
import { openWorld, type World } from '../../support/world.ts';
import { KIB, list } from './invalid-case.ts';
import { INVALID_MEMORIES } from './invalid-memories.ts';
import { INVALID_QUERIES } from './invalid-queries.ts';
import { assertNotEchoed, assertPrompt, assertRefused } from './refusal.ts';

describe('the values of a request', () => {
  let world: World;
  let sound: Requests;
  let stored: string[];
  before(async () => {
    world = await openWorld('values');
    sound = soundRequests(world);
    stored = await documentsOf(world.tenant);
  });

  for (const [operation, cases] of Object.entries({ ...INVALID_MEMORIES, ...INVALID_QUERIES })) {
    const name = operation as OperationName;
    for (const [what, path, value, code, issuePath = path] of cases) {
      it(`refuses ${what} in ${name}`.replace(/^refuses (\[\d+\]) /, '$1 refuses '), async () => {
        const request = withField(sound[name] ?? {}, path, value);
        const answer = await post(name, request, world.owner.token);
        const issues = code.split(', ').map((one) => ({ path: issuePath, code: one }));
        assertRefused(name, answer, issues);
        assertNotEchoed(answer, value);
        const before = stored;
        stored = await documentsOf(world.tenant);
        assert.deepEqual(stored, before);
        if (what.startsWith('[10]')) await assertPrompt(name, request, world.owner.token);
      });
    }
  }

  /** What differs from a refused value in one thing only. */
  const largest = {
    text: 'é'.repeat(16 * KIB),
    tags: list(20).map((tag) => tag.padEnd(64, '.')),
    metadata: { ['k'.repeat(128)]: { b: { c: 'é'.repeat(3_980) } }, constructors: ['a', null, true, 1e300] },
    persona: '🦓'.repeat(128),
    importance: 1,
    occurredAt: '0001-01-01T00:00:00Z',
    ttlSeconds: 100 * 365 * 24 * 3_600,
    kind: 'x'.repeat(32),
    id: 'x'.repeat(128),
  };

  it('[12] may be as large as the limits say', async () => {
    const { tenant, shared: space, owner } = world;
    const data = { tenant, space, key: 'k'.repeat(128), memories: [largest] };
    resultOf(await post('memory-add', data, owner.token));
    const { memory } = await owner.open(tenant).memory.get(largest.id, { space });
    const { ttlSeconds: _, occurredAt, ...kept } = largest;
    assert.deepEqual({ ...memory, ...kept }, memory);
    assert.equal(memory.occurredAt, '0001-01-01T00:00:00.000Z');
  });

  it('[10] may be as many and as deep as the limits say', async () => {
    const { tenant, shared: space, owner } = world;
    const deep = { AND: [{ OR: [{ NOT: { NOT: { kind: { in: list(30) } } } }] }] };
    const data = { tenant, space, filter: deep, limit: 100 };
    assert.deepEqual(resultOf(await post('memory-list', data, owner.token)), {
      memories: [],
      nextCursor: null,
    });
  });
});
