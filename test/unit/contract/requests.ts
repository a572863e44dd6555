/** A valid example of every request, with all that it may hold, and with no more than it must. */
import type * as z from 'zod';
import * as agentData from '../../../functions/src/contract/agent-data.ts';
import * as job from '../../../functions/src/contract/job.ts';
import * as memory from '../../../functions/src/contract/memory.ts';
import * as session from '../../../functions/src/contract/session.ts';
import * as tenant from '../../../functions/src/contract/tenant.ts';
import type { OperationName } from '../../../functions/src/contract/types.ts';

const scope = { tenant: 'acme', space: 'team' };

/** A memory with every field. */
export const MEMORY = {
  id: 'memory-1',
  text: 'The cat is called Tom. \u{1f408}',
  kind: 'fact',
  role: 'user',
  sessionId: 'session-1',
  agentId: 'agent_1',
  persona: 'A vet',
  source: 'https://example.com/a?b=c',
  tags: ['pets', 'two words'],
  metadata: { city: 'Oslo', deep: { list: [1, 'a', null, true] }, none: null },
  importance: 0.7,
  occurredAt: '2024-05-01T08:00:00.000Z',
  expiresAt: '2031-05-01T08:00:00Z',
};

const { kind: _kind, sessionId: _session, ...MESSAGE } = MEMORY;
const { id: _id, ...CHANGES } = MEMORY;

interface Example {
  readonly schema: z.ZodType;
  /** Deep copies are taken of both before they are changed. */
  readonly full: object;
  readonly least: object | null;
}

/** By the name on the wire. */
export const REQUESTS: Record<OperationName, Example> = {
  'memory-add': {
    schema: memory.memoryAddRequest,
    full: { ...scope, memories: [MEMORY], dedupe: 'off', key: 'a key: \u00e9/1' },
    least: { tenant: 'acme', memories: [{ text: 'x' }] },
  },
  'memory-get': {
    schema: memory.memoryGetRequest,
    full: { ...scope, id: 'memory-1' },
    least: { tenant: 'acme', id: 'm' },
  },
  'memory-list': {
    schema: memory.memoryListRequest,
    full: {
      ...scope,
      filter: { kind: 'fact' },
      order: { field: 'importance', direction: 'asc' },
      limit: 20,
      cursor: 'abc.def',
    },
    least: { tenant: 'acme' },
  },
  'memory-search': {
    schema: memory.memorySearchRequest,
    full: {
      tenant: 'acme',
      spaces: ['team', 'ann'],
      query: 'What is the cat called?',
      mode: 'keyword',
      filter: { NOT: { tags: 'x' } },
      limit: 5,
      minScore: -0.5,
      recency: { halfLifeDays: 7, weight: 0.2 },
      importanceWeight: 0.1,
      explain: true,
    },
    least: { tenant: 'acme', query: 'x' },
  },
  'memory-update': {
    schema: memory.memoryUpdateRequest,
    full: { ...scope, id: 'm', changes: CHANGES, ifVersion: 3, key: 'k' },
    least: { tenant: 'acme', id: 'm', changes: { role: null } },
  },
  'memory-delete': {
    schema: memory.memoryDeleteRequest,
    full: { ...scope, id: 'm', ifVersion: 1, key: 'k' },
    least: { tenant: 'acme', id: 'm' },
  },
  'memory-purge': {
    schema: memory.memoryPurgeRequest,
    full: { ...scope, filter: { kind: 'fact' }, dryRun: false, key: 'k' },
    least: { tenant: 'acme', filter: { all: true } },
  },
  'memory-history': {
    schema: memory.memoryHistoryRequest,
    full: { ...scope, id: 'm', limit: 5, cursor: 'c' },
    least: { tenant: 'acme', id: 'm' },
  },
  'memory-restore': {
    schema: memory.memoryRestoreRequest,
    full: { ...scope, id: 'm', version: 2, ifVersion: 3, key: 'k' },
    least: { tenant: 'acme', id: 'm', version: 1 },
  },
  'memory-batch': {
    schema: memory.memoryBatchRequest,
    full: { ...scope, operations: [{ op: 'get', id: 'm' }, { op: 'list' }] },
    least: { tenant: 'acme', operations: [{ op: 'list' }] },
  },
  'agentData-add': {
    schema: agentData.agentDataAddRequest,
    full: {
      ...scope,
      agentId: 'agent_1',
      type: 'tool.result',
      content: { steps: [[1, 2], null, 'text'] },
      metadata: MEMORY.metadata,
      expiresAt: '2031-05-01T08:00:00Z',
      key: 'k',
    },
    least: { tenant: 'acme', agentId: 'a', type: 'x', content: null },
  },
  'agentData-get': {
    schema: agentData.agentDataGetRequest,
    full: { ...scope, id: 'r' },
    least: { tenant: 'acme', id: 'r' },
  },
  'agentData-list': {
    schema: agentData.agentDataListRequest,
    full: { ...scope, agentId: 'agent_1', type: 'tool.result', limit: 5, cursor: 'c' },
    least: { tenant: 'acme' },
  },
  'agentData-delete': {
    schema: agentData.agentDataDeleteRequest,
    full: { ...scope, id: 'r', key: 'k' },
    least: { tenant: 'acme', id: 'r' },
  },
  'session-append': {
    schema: memory.sessionAppendRequest,
    full: { ...scope, session: 's', messages: [MESSAGE], key: 'k' },
    least: { tenant: 'acme', session: 's', messages: [{ role: 'user', text: 'x' }] },
  },
  'session-history': {
    schema: memory.sessionHistoryRequest,
    full: { ...scope, session: 's', limit: 100, cursor: 'c', filter: {} },
    least: { tenant: 'acme', session: 's' },
  },
  'session-list': {
    schema: session.sessionListRequest,
    full: { ...scope, limit: 100, cursor: 'c' },
    least: { tenant: 'acme' },
  },
  'session-context': {
    schema: session.sessionContextRequest,
    full: { ...scope, session: 's', query: 'What is the cat called?', maxTokens: 4_000, recentTurns: 20 },
    least: { tenant: 'acme', session: 's' },
  },
  'session-delete': {
    schema: session.sessionDeleteRequest,
    full: { ...scope, session: 's', key: 'k' },
    least: { tenant: 'acme', session: 's' },
  },
  'space-create': {
    schema: tenant.spaceCreateRequest,
    full: { tenant: 'acme', id: 'team', name: 'The team', kind: 'shared', key: 'k' },
    least: { tenant: 'acme', name: 'x', kind: 'shared' },
  },
  'space-grant': {
    schema: tenant.spaceGrantRequest,
    full: { ...scope, uid: 'ann', access: 'write', key: 'k' },
    least: { tenant: 'acme', uid: 'ann', access: 'read' },
  },
  'space-revoke': {
    schema: tenant.spaceRevokeRequest,
    full: { ...scope, uid: 'ann', access: 'write', key: 'k' },
    least: { tenant: 'acme', uid: 'ann' },
  },
  'space-list': {
    schema: tenant.spaceListRequest,
    full: { tenant: 'acme', limit: 5, cursor: 'c' },
    least: { tenant: 'acme' },
  },
  'space-stats': { schema: tenant.spaceStatsRequest, full: scope, least: { tenant: 'acme' } },
  'space-delete': {
    schema: tenant.spaceDeleteRequest,
    full: { ...scope, key: 'k' },
    least: { tenant: 'acme', space: 'team' },
  },
  'job-start': {
    schema: job.jobStartRequest,
    full: { ...scope, kind: 'verify', input: {}, key: 'k' },
    least: { tenant: 'acme', kind: 'repair' },
  },
  'job-get': {
    schema: job.jobGetRequest,
    full: { tenant: 'acme', jobId: 'j' },
    least: { tenant: 'acme', jobId: 'j' },
  },
  'job-cancel': {
    schema: job.jobCancelRequest,
    full: { tenant: 'acme', jobId: 'j', key: 'k' },
    least: { tenant: 'acme', jobId: 'j' },
  },
  'tenant-removeMember': {
    schema: tenant.tenantRemoveMemberRequest,
    full: { tenant: 'acme', uid: 'ann', key: 'k' },
    least: { tenant: 'acme', uid: 'ann' },
  },
  'tenant-settings': {
    schema: tenant.tenantSettingsRequest,
    full: {
      tenant: 'acme',
      changes: { defaultTtlSeconds: 3600, dedupe: 'off', retentionDays: 7, receiptHours: 48 },
      key: 'k',
    },
    least: { tenant: 'acme' },
  },
  'tenant-usage': {
    schema: tenant.tenantUsageRequest,
    full: { tenant: 'acme' },
    least: { tenant: 'acme' },
  },
  'tenant-create': {
    schema: tenant.tenantCreateRequest,
    full: { tenant: 'acme', name: 'Acme Inc.', key: 'k' },
    least: { tenant: 'acme' },
  },
  'tenant-setMember': {
    schema: tenant.tenantSetMemberRequest,
    full: { tenant: 'acme', uid: 'ann', role: 'editor', key: 'k' },
    least: { tenant: 'acme', uid: 'ann', role: 'viewer' },
  },
  'tenant-members': {
    schema: tenant.tenantMembersRequest,
    full: { tenant: 'acme', limit: 1, cursor: 'c' },
    least: { tenant: 'acme' },
  },
  'system-health': { schema: tenant.systemHealthRequest, full: {}, least: null },
};

/** A copy of a request with one value set at a path, such as `memories.0.text`. */
export function withValue(request: object, path: string, value: unknown): object {
  const copy = structuredClone(request);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = copy as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  // Not an assignment, which would set a prototype for `__proto__`.
  Object.defineProperty(at, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}
