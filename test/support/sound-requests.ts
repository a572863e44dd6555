/** A sound request of every operation, with every field that it can have, for tests to spoil one by one. */
import type { OperationName, Operations } from '../../functions/src/contract/types.ts';
import { deletionJobId } from '../../functions/src/storage/space-deletion.ts';
import type { World } from './world.ts';

/** A request for each operation. */
export type Requests = { readonly [N in OperationName]: Operations[N]['request'] };

const FUTURE = '2099-01-01T00:00:00.000Z';

const described = {
  text: 'The zebra sleeps standing.',
  agentId: 'agent',
  persona: 'keeper',
  source: 'diary',
  tags: ['animals'],
  metadata: { place: { city: 'Oslo' } },
  importance: 0.7,
  occurredAt: '2026-01-02T03:04:05.678Z',
  expiresAt: FUTURE,
};

/** In this order each of them succeeds for the owner of the world, once. */
export function soundRequests({
  tenant,
  shared,
  owner,
  viewer,
}: Pick<World, 'tenant' | 'shared' | 'owner' | 'viewer'>): Requests {
  const scope = { tenant, space: shared };
  const filter = { kind: 'note' };
  const jobId = deletionJobId('another', 'delete space', owner.uid);
  return {
    'system-health': {},
    'tenant-create': { tenant: `${tenant}-2`, name: 'Another', key: 'create tenant' },
    'tenant-setMember': { tenant, uid: 'someone', role: 'viewer', key: 'set member' },
    'tenant-members': { tenant, limit: 5 },
    'space-create': { tenant, id: 'another', name: 'Another', kind: 'shared', key: 'create space' },
    'space-grant': { ...scope, uid: viewer.uid, access: 'write', key: 'grant' },
    'space-revoke': { ...scope, uid: viewer.uid, access: 'write', key: 'revoke' },
    'space-list': { tenant, limit: 5 },
    'space-stats': scope,
    'space-delete': { tenant, space: 'another', key: 'delete space' },
    'job-start': { ...scope, kind: 'verify', input: {}, key: 'start' },
    'job-get': { tenant, jobId },
    'job-cancel': { tenant, jobId, key: 'cancel' },
    'tenant-removeMember': { tenant, uid: 'someone', key: 'remove member' },
    'tenant-settings': {
      tenant,
      changes: { defaultTtlSeconds: 3_600, dedupe: 'off', retentionDays: 7, receiptHours: 48 },
      key: 'settings',
    },
    'tenant-usage': { tenant },
    'memory-add': {
      ...scope,
      memories: [{ ...described, id: 'm', kind: 'note', role: 'user', sessionId: 's' }],
      dedupe: 'exact',
      key: 'add',
    },
    'memory-get': { ...scope, id: 'm' },
    'memory-list': { ...scope, filter, order: { field: 'importance', direction: 'asc' }, limit: 5 },
    'memory-search': {
      ...scope,
      query: 'zebra',
      mode: 'hybrid',
      filter,
      limit: 5,
      minScore: -1,
      recency: { halfLifeDays: 30, weight: 1 },
      importanceWeight: 0.5,
      explain: true,
    },
    'memory-update': {
      ...scope,
      id: 'm',
      changes: { ...described, kind: 'note', role: 'assistant', sessionId: 's' },
      ifVersion: 1,
      key: 'update',
    },
    'memory-delete': { ...scope, id: 'm', ifVersion: 2, key: 'delete' },
    'memory-history': { ...scope, id: 'm', limit: 5 },
    'memory-restore': { ...scope, id: 'm', version: 1, ifVersion: 3, key: 'restore' },
    'memory-purge': { ...scope, filter, dryRun: true, key: 'purge' },
    'memory-batch': { ...scope, operations: [{ op: 'get', id: 'm' }] },
    'agentData-add': {
      ...scope,
      agentId: 'agent',
      type: 'tool.result',
      content: { steps: [1, 2] },
      metadata: described.metadata,
      expiresAt: FUTURE,
      key: 'record',
    },
    'agentData-get': { ...scope, id: 'record' },
    'agentData-list': { ...scope, agentId: 'agent', type: 'tool.result', limit: 5 },
    'agentData-delete': { ...scope, id: 'record', key: 'delete record' },
    'session-append': {
      ...scope,
      session: 's',
      messages: [{ ...described, id: 'turn', role: 'user' }],
      key: 'append',
    },
    'session-history': { ...scope, session: 's', limit: 5, filter: { role: 'user' } },
    'session-list': { ...scope, limit: 5 },
    'session-context': { ...scope, session: 's', query: 'zebra', maxTokens: 500, recentTurns: 5 },
    'session-delete': { ...scope, session: 's', key: 'delete session' },
  };
}

/** The objects within the requests whose keys the contract names, by operation; '' is the request itself. */
export const OBJECTS: { readonly [N in OperationName]: readonly string[] } = {
  'system-health': [],
  'tenant-create': [''],
  'tenant-setMember': [''],
  'tenant-members': [''],
  'space-create': [''],
  'space-grant': [''],
  'space-revoke': [''],
  'space-list': [''],
  'space-stats': [''],
  'space-delete': [''],
  'job-start': ['', 'input'],
  'job-get': [''],
  'job-cancel': [''],
  'tenant-removeMember': [''],
  'tenant-settings': ['', 'changes'],
  'tenant-usage': [''],
  'memory-add': ['', 'memories.0'],
  'memory-get': [''],
  'memory-list': ['', 'order'],
  'memory-search': ['', 'recency'],
  'memory-update': ['', 'changes'],
  'memory-delete': [''],
  'memory-history': [''],
  'memory-restore': [''],
  'memory-purge': [''],
  'memory-batch': [''],
  'agentData-add': [''],
  'agentData-get': [''],
  'agentData-list': [''],
  'agentData-delete': [''],
  'session-append': ['', 'messages.0'],
  'session-history': [''],
  'session-list': [''],
  'session-context': [''],
  'session-delete': [''],
};

/** The object at a path of `OBJECTS`. */
export function objectAt(request: object, path: string): Record<string, unknown> {
  let inner: unknown = request;
  for (const name of path === '' ? [] : path.split('.')) inner = (inner as Record<string, unknown>)[name];
  return inner as Record<string, unknown>;
}
