/**
 * The plain types of the wire contract: what a client sends to a callable and gets back. No code, no
 * dependency, so that the client SDK can use them too. Times are ISO 8601 UTC with milliseconds.
 */
import type {
  AgentDataAddRequest,
  AgentDataAddResponse,
  AgentDataDeleteRequest,
  AgentDataDeleteResponse,
  AgentDataGetRequest,
  AgentDataGetResponse,
  AgentDataListRequest,
  AgentDataListResponse,
} from './agent-data-types.ts';
import type {
  JobCancelRequest,
  JobCancelResponse,
  JobGetRequest,
  JobGetResponse,
  JobStartRequest,
  JobStartResponse,
} from './job-types.ts';
import type {
  MemoryAddRequest,
  MemoryAddResponse,
  MemoryDeleteRequest,
  MemoryDeleteResponse,
  MemoryGetRequest,
  MemoryGetResponse,
  MemoryHistoryRequest,
  MemoryHistoryResponse,
  MemoryListRequest,
  MemoryListResponse,
  MemoryPurgeRequest,
  MemoryPurgeResponse,
  MemoryRestoreRequest,
  MemoryRestoreResponse,
  MemorySearchRequest,
  MemorySearchResponse,
  MemoryUpdateRequest,
  MemoryUpdateResponse,
  Scope,
  SessionAppendRequest,
  SessionAppendResponse,
  SessionHistoryRequest,
  SessionHistoryResponse,
} from './memory-types.ts';
import type {
  SessionContextRequest,
  SessionContextResponse,
  SessionDeleteRequest,
  SessionDeleteResponse,
  SessionListRequest,
  SessionListResponse,
} from './session-types.ts';
import type {
  SpaceCreateRequest,
  SpaceCreateResponse,
  SpaceDeleteRequest,
  SpaceDeleteResponse,
  SpaceGrantRequest,
  SpaceGrantResponse,
  SpaceListRequest,
  SpaceListResponse,
  SpaceRevokeRequest,
  SpaceRevokeResponse,
  SpaceStatsRequest,
  SpaceStatsResponse,
  SystemHealthResponse,
  TenantCreateRequest,
  TenantCreateResponse,
  TenantMembersRequest,
  TenantMembersResponse,
  TenantRemoveMemberRequest,
  TenantRemoveMemberResponse,
  TenantSetMemberRequest,
  TenantSetMemberResponse,
  TenantSettingsRequest,
  TenantSettingsResponse,
  TenantUsageRequest,
  TenantUsageResponse,
} from './tenant-types.ts';

export type * from './agent-data-types.ts';
export type * from './command-types.ts';
export type * from './job-types.ts';
export type * from './memory-types.ts';
export type * from './session-types.ts';
export type * from './tenant-types.ts';

/** The operations that a batch may hold. */
export type BatchOperationName =
  | 'add'
  | 'get'
  | 'list'
  | 'search'
  | 'update'
  | 'delete'
  | 'purge'
  | 'history'
  | 'restore';
/** One operation of a batch: its name and its request, but for `tenant`, which is the batch's. */
export type BatchOperation = {
  [O in BatchOperationName]: { op: O } & Omit<Operations[`memory-${O}`]['request'], 'tenant'>;
}[BatchOperationName];
export interface MemoryBatchRequest extends Scope {
  /** 1 … 25, carried out one after another: each sees what those before it did. */
  operations: readonly BatchOperation[];
}
/** The response of one operation of a batch: that of its callable. */
export type BatchValue = Operations[`memory-${BatchOperationName}`]['response'];
/** What became of one operation. */
export type BatchResult =
  | { ok: true; value: BatchValue }
  | { ok: false; error: { code: string; reason: string; message: string } };
export interface MemoryBatchResponse {
  /** In the order of the operations; a failure does not stop those after it. */
  results: BatchResult[];
}

/** Every callable by its name on the wire: what it takes and what it returns. */
export interface Operations {
  'memory-add': { request: MemoryAddRequest; response: MemoryAddResponse };
  'memory-get': { request: MemoryGetRequest; response: MemoryGetResponse };
  'memory-list': { request: MemoryListRequest; response: MemoryListResponse };
  'memory-search': { request: MemorySearchRequest; response: MemorySearchResponse };
  'memory-update': { request: MemoryUpdateRequest; response: MemoryUpdateResponse };
  'memory-delete': { request: MemoryDeleteRequest; response: MemoryDeleteResponse };
  'memory-purge': { request: MemoryPurgeRequest; response: MemoryPurgeResponse };
  'memory-history': { request: MemoryHistoryRequest; response: MemoryHistoryResponse };
  'memory-restore': { request: MemoryRestoreRequest; response: MemoryRestoreResponse };
  'memory-batch': { request: MemoryBatchRequest; response: MemoryBatchResponse };
  'session-append': { request: SessionAppendRequest; response: SessionAppendResponse };
  'session-history': { request: SessionHistoryRequest; response: SessionHistoryResponse };
  'session-list': { request: SessionListRequest; response: SessionListResponse };
  'session-context': { request: SessionContextRequest; response: SessionContextResponse };
  'session-delete': { request: SessionDeleteRequest; response: SessionDeleteResponse };
  'agentData-add': { request: AgentDataAddRequest; response: AgentDataAddResponse };
  'agentData-get': { request: AgentDataGetRequest; response: AgentDataGetResponse };
  'agentData-list': { request: AgentDataListRequest; response: AgentDataListResponse };
  'agentData-delete': { request: AgentDataDeleteRequest; response: AgentDataDeleteResponse };
  'space-create': { request: SpaceCreateRequest; response: SpaceCreateResponse };
  'space-grant': { request: SpaceGrantRequest; response: SpaceGrantResponse };
  'space-revoke': { request: SpaceRevokeRequest; response: SpaceRevokeResponse };
  'space-list': { request: SpaceListRequest; response: SpaceListResponse };
  'space-stats': { request: SpaceStatsRequest; response: SpaceStatsResponse };
  'space-delete': { request: SpaceDeleteRequest; response: SpaceDeleteResponse };
  'job-start': { request: JobStartRequest; response: JobStartResponse };
  'job-get': { request: JobGetRequest; response: JobGetResponse };
  'job-cancel': { request: JobCancelRequest; response: JobCancelResponse };
  'tenant-create': { request: TenantCreateRequest; response: TenantCreateResponse };
  'tenant-setMember': { request: TenantSetMemberRequest; response: TenantSetMemberResponse };
  'tenant-members': { request: TenantMembersRequest; response: TenantMembersResponse };
  'tenant-removeMember': { request: TenantRemoveMemberRequest; response: TenantRemoveMemberResponse };
  'tenant-settings': { request: TenantSettingsRequest; response: TenantSettingsResponse };
  'tenant-usage': { request: TenantUsageRequest; response: TenantUsageResponse };
  'system-health': { request: Record<string, never> | null; response: SystemHealthResponse };
}

/** The name of a callable. */
export type OperationName = keyof Operations;
