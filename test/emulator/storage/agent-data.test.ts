import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AGENT_DATA, DEFAULT_SETTINGS, LIMITS } from '../../../functions/src/config.ts';
import type { AgentDataListRequest, Json } from '../../../functions/src/contract/types.ts';
import { agentData } from '../../../functions/src/index.ts';
import { toTimestamp } from '../../../functions/src/storage/memory-codec.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, freshId, openAgentData, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const isMissing = failsWith('not-found', 'record-not-found');
const isBadCursor = failsWith('invalid-argument', 'invalid-cursor');

const plan = { agentId: 'planner', type: 'plan', content: { steps: ['one', ['two']] } };

/** Agent data of a fresh tenant, and the paths of its space. */
function fresh() {
  const tenantId = freshId('tenant');
  return { data: openAgentData(tenantId), tenantId, paths: spaceOf(tenantId, 'space') };
}

/** The contents of all pages of a list, in their order. */
async function contentsOf(
  data: ReturnType<typeof openAgentData>,
  query: Omit<AgentDataListRequest, 'tenant' | 'space'>,
): Promise<Json[]> {
  const contents: Json[] = [];
  let cursor: string | undefined;
  do {
    const page = await data.list('space', { ...query, ...(cursor && { cursor }) }, callBy('ann'));
    contents.push(...page.records.map((record) => record.content));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return contents;
}

describe('a record of an agent', () => {
  it('is read as it was added, with who added it and when', async () => {
    const { data, tenantId } = fresh();
    const now = Date.parse('2026-03-01T12:00:00Z');
    const { id } = await data.add(
      'space',
      { ...plan, metadata: { run: 7 }, ttlSeconds: 60 },
      callBy('ann', { now }),
    );
    assert.deepEqual(await data.get('space', id, callBy('ben', { now })), {
      id,
      tenant: tenantId,
      space: 'space',
      ...plan,
      metadata: { run: 7 },
      createdAt: '2026-03-01T12:00:00.000Z',
      expiresAt: '2026-03-01T12:01:00.000Z',
      createdBy: 'ann',
    });
  });

  it('expires by the default of the tenant, unless it says when, or never', async () => {
    const { tenantId } = fresh();
    const settings = { ...DEFAULT_SETTINGS, defaultTtlSeconds: 60 };
    const data = openAgentData(tenantId, undefined, settings);
    const now = Date.parse('2026-03-01T12:00:00Z');
    const call = callBy('ann', { now });
    const expiryOf = async (said: { expiresAt?: string | null; ttlSeconds?: number }) =>
      (await data.get('space', (await data.add('space', { ...plan, ...said }, call)).id, call)).expiresAt;
    assert.equal(await expiryOf({}), '2026-03-01T12:01:00.000Z');
    assert.equal(await expiryOf({ ttlSeconds: 10 }), '2026-03-01T12:00:10.000Z');
    assert.equal(await expiryOf({ expiresAt: '2026-04-01T00:00:00Z' }), '2026-04-01T00:00:00.000Z');
    assert.equal(await expiryOf({ expiresAt: null }), null);
  });

  it('brings back any JSON unchanged, through get and list', async () => {
    const { data } = fresh();
    const values = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const content = JSON.parse(JSON.stringify(value)) as Json;
        const now = Date.now();
        const { id } = await data.add('space', { ...plan, agentId: freshId('a'), content }, callBy('ann'));
        const record = await data.get('space', id, callBy('ann'));
        assert.deepEqual(record.content, content);
        const { agentId } = record;
        const page = await data.list('space', { agentId }, callBy('ann', { now }));
        assert.deepEqual(page.records, [record]);
      }),
      { numRuns: 40 },
    );
  });

  it('may be as large as the limit, on the same page as others', async () => {
    const { data } = fresh();
    const content = 'a'.repeat(LIMITS.MAX_CONTENT_BYTES - 2);
    const { id } = await data.add('space', { ...plan, content }, callBy('ann'));
    await data.add('space', plan, callBy('ann', { now: Date.now() + 1 }));
    assert.equal((await data.get('space', id, callBy('ann'))).content, content);
    assert.deepEqual(await contentsOf(data, {}), [plan.content, content]);
  });

  it('is in its own space and tenant alone, the space of a like name included', async () => {
    const { data, tenantId } = fresh();
    const { id } = await data.add('space', plan, callBy('ann'));
    const missing = [data.get('space-2', id, callBy('ann')), openAgentData().get('space', id, callBy('ann'))];
    await Promise.all(missing.map((attempt) => assert.rejects(attempt, isMissing)));
    const other = openAgentData(`${tenantId}2`);
    assert.deepEqual((await other.list('space', {}, callBy('ann'))).records, []);
    assert.equal((await data.get('space', id, callBy('ann'))).id, id);
  });

  it('is gone once it is deleted, and cannot be deleted twice', async () => {
    const { data, paths } = fresh();
    const { id } = await data.add('space', plan, callBy('ann'));
    assert.deepEqual(await data.delete('space', { id }, callBy('ben')), { id });
    await assert.rejects(data.get('space', id, callBy('ann')), isMissing);
    await assert.rejects(data.delete('space', { id }, callBy('ann')), isMissing);
    assert.equal((await paths.record(id).get()).exists, false);
  });

  it('[33] is absent from every read from its expiry on, though it is still stored', async () => {
    const { data, paths } = fresh();
    const now = Date.now();
    const call = callBy('ann', { now });
    const { id } = await data.add('space', { ...plan, ttlSeconds: 60 }, call);
    const expiresAt = new Date(now + 60_000).toISOString();
    const twin = await data.add('space', { ...plan, expiresAt }, call);
    const stays = await data.add('space', plan, call);
    const before = callBy('ann', { now: now + 59_999 });
    const after = callBy('ann', { now: now + 60_000 });
    const listed = async (at: typeof call) =>
      (await data.list('space', {}, at)).records.map((record) => record.id).sort();
    assert.deepEqual(await listed(before), [id, twin.id, stays.id].sort());
    assert.deepEqual(await listed(after), [stays.id]);
    for (const gone of [id, twin.id]) {
      assert.equal((await data.get('space', gone, before)).id, gone);
      await assert.rejects(data.get('space', gone, after), isMissing);
      await assert.rejects(data.delete('space', { id: gone }, after), isMissing);
      assert.equal((await paths.record(gone).get()).exists, true);
    }
  });

  it('that is damaged is left out of lists, told apart from a missing one, and can be deleted', async () => {
    const { data, paths } = fresh();
    const { id } = await data.add('space', plan, callBy('ann'));
    await paths
      .record('broken')
      .set({ content: '{', createdAt: toTimestamp('2026-03-01T12:00:00Z'), agentId: 'planner' });
    await paths.record('odd').set({ createdAt: 'yesterday' });
    assert.deepEqual(
      (await data.list('space', {}, callBy('ann'))).records.map((record) => record.id),
      [id],
    );
    await assert.rejects(
      data.get('space', 'broken', callBy('ann')),
      failsWith('data-loss', 'damaged-document'),
    );
    await data.delete('space', { id: 'broken' }, callBy('ann'));
    await assert.rejects(data.get('space', 'broken', callBy('ann')), isMissing);
  });
});

describe('adding and deleting records with a key', () => {
  it('answers a repetition as before, and does nothing again', async () => {
    const { data, paths } = fresh();
    const once = await data.add('space', { ...plan, key: 'k' }, callBy('ann'));
    assert.deepEqual(await data.add('space', { ...plan, key: 'k' }, callBy('ann')), {
      ...once,
      replayed: true,
    });
    assert.equal((await paths.agentData.get()).size, 1);
    await data.delete('space', { id: once.id, key: 'd' }, callBy('ann'));
    assert.deepEqual(await data.delete('space', { id: once.id, key: 'd' }, callBy('ann')), {
      ...once,
      replayed: true,
    });
    // The record is gone; the answer of its add is not.
    assert.equal((await data.add('space', { ...plan, key: 'k' }, callBy('ann'))).id, once.id);
    assert.equal((await paths.agentData.get()).size, 0);
  });

  it('[30] refuses the key for another request, whatever differs, and stores nothing', async () => {
    const { data, paths } = fresh();
    const { id } = await data.add('space', { ...plan, key: 'k' }, callBy('ann'));
    const isReused = failsWith('failed-precondition', 'key-reused');
    const changes = [{ content: { steps: [] } }, { agentId: 'other' }, { type: 'other' }, { ttlSeconds: 5 }];
    for (const change of [...changes, { metadata: { a: 1 } }]) {
      await assert.rejects(data.add('space', { ...plan, ...change, key: 'k' }, callBy('ann')), isReused);
    }
    await assert.rejects(data.delete('space', { id, key: 'k' }, callBy('ann')), isReused);
    assert.equal((await paths.agentData.get()).size, 1);
    const { manager } = openManager(paths.tenantId);
    await assert.rejects(
      manager.add('space', { memories: [{ text: 'tea' }], key: 'k' }, callBy('ann')),
      isReused,
    );
  });

  it('keeps keys of members and of spaces apart, and forgets them after a day', async () => {
    const { data, paths } = fresh();
    const now = Date.now();
    const add = (space: string, actor: string, at: number) =>
      data.add(space, { ...plan, key: 'k' }, callBy(actor, { now: at }));
    const answers = [
      await add('space', 'ann', now),
      await add('space', 'ben', now),
      await add('other', 'ann', now),
      await add('space', 'ann', now + 24 * 3_600_000),
    ];
    assert.deepEqual(
      answers.filter(({ replayed }) => replayed),
      [],
    );
    assert.equal(new Set(answers.map(({ id }) => id)).size, 4);
    assert.equal((await paths.agentData.get()).size, 3);
  });

  it('[29] stores one record for 20 concurrent adds with one key, and answers all of them alike', async () => {
    const { data, paths } = fresh();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => data.add('space', { ...plan, key: 'k' }, callBy('ann'))),
    );
    assert.equal(new Set(answers.map(({ id }) => id)).size, 1);
    assert.equal(answers.filter(({ replayed }) => replayed !== true).length, 1);
    assert.equal((await paths.agentData.get()).size, 1);
  });

  it('stores 20 records for 20 concurrent adds without a key', async () => {
    const { data, paths } = fresh();
    await Promise.all(Array.from({ length: 20 }, () => data.add('space', plan, callBy('ann'))));
    assert.equal((await paths.agentData.get()).size, 20);
  });
});

describe('the list of records', () => {
  it('comes newest first, of an agent, of a type, of both, in pages that neither lose nor repeat', async () => {
    const { data } = fresh();
    const now = Date.now();
    for (let n = 0; n < 12; n += 1) {
      const [agentId, type] = [n % 2 === 0 ? 'even' : 'odd', n % 3 === 0 ? 'third' : 'rest'];
      // Two of each time, so that pages end between equal ones.
      await data.add('space', { agentId, type, content: n }, callBy('ann', { now: now + (n >> 1) }));
    }
    const all = Array.from({ length: 12 }, (_, n) => 11 - n);
    // Order within one time is that of the ids, which are random.
    const pairs = (contents: Json[]) => contents.map((n) => Number(n) >> 1);
    const cases: [{ agentId?: string; type?: string }, (n: number) => boolean][] = [
      [{}, () => true],
      [{ agentId: 'even' }, (n) => n % 2 === 0],
      [{ type: 'third' }, (n) => n % 3 === 0],
      [{ agentId: 'odd', type: 'rest' }, (n) => n % 2 === 1 && n % 3 !== 0],
    ];
    for (const [query, belongs] of cases) {
      const whole = await contentsOf(data, query);
      assert.deepEqual(pairs(whole), pairs(all.filter(belongs)));
      assert.deepEqual(new Set(whole), new Set(all.filter(belongs)));
      for (const limit of [1, 5]) assert.deepEqual(await contentsOf(data, { ...query, limit }), whole);
    }
    assert.deepEqual(await contentsOf(data, { agentId: 'nobody' }), []);
  });

  it('goes on behind many expired ones, and ends a page when it is large', async () => {
    const { data, paths } = fresh();
    const now = Date.now();
    const old = Array.from({ length: 2 * AGENT_DATA.CHUNK }, (_, n) =>
      data.add('space', { ...plan, ttlSeconds: 1 }, callBy('ann', { now: now + n })),
    );
    await Promise.all(old);
    const size = LIMITS.MAX_CONTENT_BYTES - 2;
    const fit = Math.ceil(AGENT_DATA.MAX_PAGE_BYTES / (size + 2));
    for (let n = 0; n <= fit; n += 1) {
      await data.add('space', { ...plan, content: 'a'.repeat(size) }, callBy('ann', { now: now - 1 - n }));
    }
    const call = callBy('ann', { now: now + 3_600_000 });
    const first = await data.list('space', { limit: 100 }, call);
    assert.equal(first.records.length, fit);
    assert.ok(first.nextCursor);
    const second = await data.list('space', { limit: 100, cursor: first.nextCursor }, call);
    assert.equal(second.records.length, 1);
    assert.equal(second.nextCursor, null);
    assert.equal((await paths.agentData.count().get()).data().count, old.length + fit + 1);
  });

  it('[14] takes its cursor for the same tenant, space and query alone, for a day', async () => {
    const { data, tenantId } = fresh();
    await Promise.all([1, 2, 3].map((content) => data.add('space', { ...plan, content }, callBy('ann'))));
    const query = { agentId: 'planner', limit: 1 };
    const cursor = String((await data.list('space', query, callBy('ann'))).nextCursor);
    // The first character of the signature: all six of its bits count.
    const forged = cursor.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`);
    const list = (over: object, space = 'space', manager = data, now = Date.now()) =>
      manager.list(space, { ...query, cursor, ...over }, callBy('ann', { now }));
    assert.equal((await list({})).records.length, 1);
    assert.equal((await list({ limit: 2 })).records.length, 2);
    const refused = [
      list({ agentId: 'other' }),
      list({ type: 'plan' }),
      list({ agentId: undefined }),
      list({}, 'other'),
      list({}, 'space', openAgentData(`${tenantId}2`)),
      list({ cursor: forged }),
      list({ cursor: 'nonsense' }),
      list({}, 'space', data, Date.now() + 25 * 3_600_000),
      openManager(tenantId).manager.list('space', { limit: 1, cursor }, callBy('ann')),
    ];
    for (const attempt of refused) await assert.rejects(attempt, isBadCursor);
  });
});

describe('the callables of agentData', () => {
  const tenant = freshId('agents');
  const paths = spaceOf(tenant, 'shared', '(default)');

  /** Calls as firebase-functions does once it has verified the token. */
  function as(uid: string, callable: { run(request: never): unknown }, data: object): Promise<unknown> {
    const request = { data: { tenant, space: 'shared', ...data }, auth: { uid, token: {} }, rawRequest: {} };
    return Promise.resolve(callable.run(request as unknown as never));
  }

  const isRefused = (code: string, operation: string) => (error: unknown) => {
    const { code: actual, details } = error as { code: string; details: { operation: string } };
    assert.deepEqual([actual, details.operation], [code, operation]);
    return true;
  };

  before(async () => {
    const tenantDocument = testDatabase('(default)').doc(`tenants/${tenant}`);
    await tenantDocument.set({ status: 'active', cursorSecret: 's'.repeat(43) });
    for (const [uid, role] of [
      ['edith', 'editor'],
      ['vic', 'viewer'],
    ] as const) {
      await tenantDocument.collection('members').doc(uid).set({ role, status: 'active' });
    }
    await paths.space.set({ kind: 'shared' });
  });

  it('let an editor write and a viewer read, and answer in the form of the contract', async () => {
    const { id } = (await as('edith', agentData.add, plan)) as { id: string };
    const { record } = (await as('vic', agentData.get, { id })) as { record: { content: Json } };
    assert.deepEqual(record.content, plan.content);
    assert.deepEqual(await as('vic', agentData.list, { limit: 1 }), { records: [record], nextCursor: null });
    const denied = 'permission-denied';
    for (const uid of ['vic', 'stranger']) {
      await assert.rejects(as(uid, agentData.add, plan), isRefused(denied, 'agentData.add'));
      await assert.rejects(as(uid, agentData.delete, { id }), isRefused(denied, 'agentData.delete'));
    }
    await assert.rejects(as('stranger', agentData.get, { id }), isRefused(denied, 'agentData.get'));
    await assert.rejects(as('stranger', agentData.list, {}), isRefused(denied, 'agentData.list'));
    assert.deepEqual(await as('edith', agentData.delete, { id }), { id });
  });

  it('use the personal space of the caller by default, which no other member may name', async () => {
    const { id } = (await as('edith', agentData.add, { ...plan, space: 'edith' })) as { id: string };
    const request = { data: { tenant, id }, auth: { uid: 'edith', token: {} }, rawRequest: {} };
    const { record } = await agentData.get.run(request as never);
    assert.equal(record.space, 'edith');
    await assert.rejects(
      as('vic', agentData.get, { space: 'edith', id }),
      isRefused('permission-denied', 'agentData.get'),
    );
  });

  it('[12] refuse content that is too large or too deep and unknown keys before anything is written', async () => {
    const isInvalid = isRefused('invalid-argument', 'agentData.add');
    const large = 'a'.repeat(LIMITS.MAX_CONTENT_BYTES - 1);
    const deep = JSON.parse(
      `${'['.repeat(LIMITS.MAX_CONTENT_DEPTH + 1)}${']'.repeat(LIMITS.MAX_CONTENT_DEPTH + 1)}`,
    );
    for (const change of [{ content: large }, { content: deep }, { extra: 1 }, { id: 'chosen' }]) {
      await assert.rejects(as('edith', agentData.add, { ...plan, ...change, key: 'k' }), isInvalid);
    }
    assert.equal((await paths.agentData.get()).size, 0);
    // The key was not used up.
    const { id } = (await as('edith', agentData.add, { ...plan, key: 'k' })) as { id: string };
    assert.equal((await paths.record(id).get()).exists, true);
  });
});
