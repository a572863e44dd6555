import assert from 'node:assert/strict';
import { type Firememory, FirememoryError, type MemoryInput } from '../../../client/src/index.ts';
import { type CallableStub, callablePath, startCallableStub } from './callable-stub.ts';

describe('client operations', () => {
  let stub: CallableStub;
  before(async () => {
    stub = await startCallableStub('acme');
  });
  after(() => stub.close());
  beforeEach(() => {
    stub.calls.length = 0;
  });

  const cases: [string, (client: Firememory) => Promise<unknown>, Record<string, unknown>][] = [
    ['memory-add', (c) => c.memory.add({ text: 'tea' }), { memories: [{ text: 'tea' }] }],
    [
      'memory-add',
      (c) => c.memory.add([{ text: 'tea' }, { text: 'rice' }], { space: 's', key: 'k', dedupe: 'off' }),
      { memories: [{ text: 'tea' }, { text: 'rice' }], space: 's', key: 'k', dedupe: 'off' },
    ],
    ['memory-get', (c) => c.memory.get('m', { space: 's' }), { id: 'm', space: 's' }],
    ['memory-list', (c) => c.memory.list(), {}],
    [
      'memory-list',
      (c) => c.memory.list({ filter: { NOT: { kind: 'note' } }, limit: 5, cursor: 'c' }),
      { filter: { NOT: { kind: 'note' } }, limit: 5, cursor: 'c' },
    ],
    [
      'memory-search',
      (c) => c.memory.search('what to drink', { spaces: ['a', 'b'], explain: true }),
      { query: 'what to drink', spaces: ['a', 'b'], explain: true },
    ],
    [
      'memory-update',
      (c) => c.memory.update('m', { text: 'coffee', source: null }, { ifVersion: 2, key: 'k' }),
      { id: 'm', changes: { text: 'coffee', source: null }, ifVersion: 2, key: 'k' },
    ],
    ['memory-delete', (c) => c.memory.delete('m', { ifVersion: 3 }), { id: 'm', ifVersion: 3 }],
    [
      'memory-purge',
      (c) => c.memory.purge({ kind: 'note' }, { dryRun: false, key: 'k' }),
      { filter: { kind: 'note' }, dryRun: false, key: 'k' },
    ],
    ['memory-purge', (c) => c.memory.purge({ all: true }), { filter: { all: true } }],
    ['space-delete', (c) => c.space.delete('s', { key: 'k' }), { space: 's', key: 'k' }],
    ['job-start', (c) => c.job.start({ kind: 'repair', key: 'k' }), { kind: 'repair', key: 'k' }],
    ['job-get', (c) => c.job.get('j'), { jobId: 'j' }],
    ['job-cancel', (c) => c.job.cancel('j'), { jobId: 'j' }],
    ['job-cancel', (c) => c.job.cancel('j', { key: 'k' }), { jobId: 'j', key: 'k' }],
    [
      'session-append',
      (c) => c.session.append('chat', [{ role: 'user', text: 'hi' }], { key: 'k' }),
      { session: 'chat', messages: [{ role: 'user', text: 'hi' }], key: 'k' },
    ],
    ['session-history', (c) => c.session.history('chat', { limit: 2 }), { session: 'chat', limit: 2 }],
    ['session-list', (c) => c.session.list({ limit: 2, cursor: 'c' }), { limit: 2, cursor: 'c' }],
    [
      'session-context',
      (c) => c.session.context('chat', { query: 'tea', maxTokens: 500, recentTurns: 0 }),
      { session: 'chat', query: 'tea', maxTokens: 500, recentTurns: 0 },
    ],
    ['session-delete', (c) => c.session.delete('chat', { key: 'k' }), { session: 'chat', key: 'k' }],
    [
      'agentData-add',
      (c) => c.agentData.add({ agentId: 'planner', type: 'plan', content: [[1], null] }, { key: 'k' }),
      { agentId: 'planner', type: 'plan', content: [[1], null], key: 'k' },
    ],
    ['agentData-get', (c) => c.agentData.get('r', { space: 's' }), { id: 'r', space: 's' }],
    ['agentData-list', (c) => c.agentData.list({ agentId: 'planner' }), { agentId: 'planner' }],
    ['agentData-delete', (c) => c.agentData.delete('r', { key: 'k' }), { id: 'r', key: 'k' }],
    ['space-create', (c) => c.space.create({ name: 'Team' }), { name: 'Team', kind: 'shared' }],
    [
      'space-create',
      (c) => c.space.create({ name: 'Team', key: 'k' }),
      { name: 'Team', kind: 'shared', key: 'k' },
    ],
    ['space-grant', (c) => c.space.grant('bob', 'read'), { uid: 'bob', access: 'read' }],
    [
      'space-grant',
      (c) => c.space.grant('bob', 'write', { space: 's', key: 'k' }),
      { uid: 'bob', access: 'write', space: 's', key: 'k' },
    ],
    [
      'space-revoke',
      (c) => c.space.revoke('bob', { access: 'write', space: 's', key: 'k' }),
      { uid: 'bob', access: 'write', space: 's', key: 'k' },
    ],
    ['space-list', (c) => c.space.list({ limit: 5 }), { limit: 5 }],
    ['space-stats', (c) => c.space.stats({ space: 's' }), { space: 's' }],
    ['tenant-create', (c) => c.tenant.create({ name: 'Acme', key: 'k' }), { name: 'Acme', key: 'k' }],
    ['tenant-setMember', (c) => c.tenant.setMember('bob', 'editor'), { uid: 'bob', role: 'editor' }],
    [
      'tenant-setMember',
      (c) => c.tenant.setMember('bob', 'editor', { key: 'k' }),
      { uid: 'bob', role: 'editor', key: 'k' },
    ],
    ['tenant-removeMember', (c) => c.tenant.removeMember('bob', { key: 'k' }), { uid: 'bob', key: 'k' }],
    ['tenant-removeMember', (c) => c.tenant.removeMember('bob'), { uid: 'bob' }],
    ['tenant-settings', (c) => c.tenant.settings(), {}],
    [
      'tenant-settings',
      (c) => c.tenant.settings({ defaultTtlSeconds: null, retentionDays: 'default' }),
      { changes: { defaultTtlSeconds: null, retentionDays: 'default' } },
    ],
    [
      'tenant-settings',
      (c) => c.tenant.settings({ dedupe: 'off' }, { key: 'k' }),
      { changes: { dedupe: 'off' }, key: 'k' },
    ],
    ['tenant-usage', (c) => c.tenant.usage(), {}],
    ['tenant-members', (c) => c.tenant.members({ limit: 9 }), { limit: 9 }],
  ];
  for (const [name, run, request] of cases) {
    it(`sends ${JSON.stringify(request)} to ${name} and returns its response`, async () => {
      stub.answer = { body: { result: { made: 'up' } } };
      assert.deepEqual(await run(stub.memory), { made: 'up' });
      assert.deepEqual(stub.calls, [{ path: callablePath(name), data: { tenant: 'acme', ...request } }]);
    });
  }

  it('sends no tenant to system-health', async () => {
    await stub.memory.system.health();
    assert.deepEqual(stub.calls, [{ path: callablePath('system-health'), data: {} }]);
  });

  it('leaves out what is undefined, at every level', async () => {
    const input = { text: 'tea', source: undefined, metadata: { a: undefined, b: null } };
    await stub.memory.memory.add(input as unknown as MemoryInput, { space: undefined, key: undefined });
    assert.deepEqual(stub.calls[0]?.data, {
      tenant: 'acme',
      memories: [{ text: 'tea', metadata: { b: null } }],
    });
  });

  it('does not let an option replace the tenant', async () => {
    const options = { space: 's', tenant: 'other' };
    await stub.memory.memory.get('m', options);
    assert.deepEqual(stub.calls[0]?.data, { tenant: 'acme', space: 's', id: 'm' });
  });

  const holdsItself: Record<string, unknown> = {};
  holdsItself.self = holdsItself;
  const unsendable: [string, unknown, string][] = [
    ['NaN', { n: Number.NaN }, 'not_finite'],
    ['a function', { n: () => 0 }, 'invalid_type'],
    ['a map', { n: new Map([['a', 1]]) }, 'invalid_type'],
    ['a hole', { n: [undefined] }, 'invalid_type'],
    ['a key that replaces a prototype', JSON.parse('{"__proto__":{"a":1}}'), 'invalid_key'],
    ['a key that the protocol keeps to itself', { '@type': 'x' }, 'invalid_key'],
    ['a value that holds itself', holdsItself, 'too_deep'],
  ];
  for (const [what, metadata, code] of unsendable) {
    it(`refuses ${what} instead of losing it, and sends nothing`, async () => {
      const input = { text: 'tea', metadata } as MemoryInput;
      await assert.rejects(stub.memory.memory.add(input), (error) => {
        assert.ok(error instanceof FirememoryError);
        assert.equal(error.code, 'invalid-argument');
        assert.equal(error.issues[0]?.code, code);
        return true;
      });
      assert.deepEqual(stub.calls, []);
    });
  }
});
