/** The `space`, `tenant` and `system` operations. Every method resolves to the response of the contract. */
import type {
  JobCancelResponse,
  JobGetResponse,
  JobStartResponse,
  MemberRole,
  SpaceAccess,
  SpaceCreateResponse,
  SpaceDeleteResponse,
  SpaceGrantResponse,
  SpaceListResponse,
  SpaceRevokeResponse,
  SpaceStatsResponse,
  SystemHealthResponse,
  TenantCreateResponse,
  TenantMembersResponse,
  TenantRemoveMemberResponse,
  TenantSetMemberResponse,
  TenantSettingsChanges,
  TenantSettingsResponse,
  TenantUsageResponse,
} from '../../functions/src/contract/types.ts';
import type { Call, RequestOptions } from './call.ts';

/** What can be done with spaces. All methods reject with a `FirememoryError`. */
export interface SpaceOperations {
  /** Makes a shared space. Its id is chosen by the service when absent. */
  create(space: RequestOptions<'space-create', 'kind'>): Promise<SpaceCreateResponse>;
  /** Lets a member read or write a space: the caller's personal one unless `space` names a shared one. */
  grant(
    uid: string,
    access: SpaceAccess,
    options?: RequestOptions<'space-grant', 'uid' | 'access'>,
  ): Promise<SpaceGrantResponse>;
  /** Takes a grant away; `access: 'write'` leaves `read`. */
  revoke(uid: string, options?: RequestOptions<'space-revoke', 'uid'>): Promise<SpaceRevokeResponse>;
  /** Reads a page of the spaces that the caller may use; `nextCursor` asks for the next one. */
  list(options?: RequestOptions<'space-list'>): Promise<SpaceListResponse>;
  /** Counts the memories of a space, the caller's personal one unless `space` is named. */
  stats(options?: RequestOptions<'space-stats'>): Promise<SpaceStatsResponse>;
  /** Deletes a space with all that is in it. Resolves to `{ jobId }` where that takes longer than a call. */
  delete(space: string, options?: RequestOptions<'space-delete', 'space'>): Promise<SpaceDeleteResponse>;
}

/** What can be done with work in the background. All methods reject with a `FirememoryError`. */
export interface JobOperations {
  /**
   * Starts a job that verifies, repairs or reindexes a space: your personal one unless you name another.
   * Resolves to its id; see `get` for how far it is.
   */
  start(request: RequestOptions<'job-start'>): Promise<JobStartResponse>;
  /** Reads how far a job is, and its result once it has succeeded. */
  get(jobId: string): Promise<JobGetResponse>;
  /** Ends a job before its next step; what was done stays done. */
  cancel(jobId: string, options?: RequestOptions<'job-cancel', 'jobId'>): Promise<JobCancelResponse>;
}

/** What can be done with the tenant that the client is bound to. All reject with a `FirememoryError`. */
export interface TenantOperations {
  /** Makes the tenant, with the caller as its owner. */
  create(options?: RequestOptions<'tenant-create'>): Promise<TenantCreateResponse>;
  /** Makes someone a member, or gives a member another role. */
  setMember(
    uid: string,
    role: MemberRole,
    options?: RequestOptions<'tenant-setMember', 'uid' | 'role'>,
  ): Promise<TenantSetMemberResponse>;
  /** Ends a membership, and the grants that hang on it. */
  removeMember(
    uid: string,
    options?: RequestOptions<'tenant-removeMember', 'uid'>,
  ): Promise<TenantRemoveMemberResponse>;
  /** Reads the settings, after making the changes if there are some. */
  settings(
    changes?: TenantSettingsChanges,
    options?: RequestOptions<'tenant-settings', 'changes'>,
  ): Promise<TenantSettingsResponse>;
  /** Counts the memories of all spaces. */
  usage(): Promise<TenantUsageResponse>;
  /** Reads a page of the members; `nextCursor` asks for the next one. */
  members(options?: RequestOptions<'tenant-members'>): Promise<TenantMembersResponse>;
}

/** Whether the service works. */
export interface HealthOperations {
  /** Needs no tenant. Rejects with a `FirememoryError` when the service cannot be reached. */
  health(): Promise<SystemHealthResponse>;
}

/** Binds the `space` operations to a tenant. */
export function spaceOperations(call: Call, tenant: string): SpaceOperations {
  return {
    create: (space) => call('space-create', { ...space, tenant, kind: 'shared' }),
    grant: (uid, access, options) => call('space-grant', { ...options, tenant, uid, access }),
    revoke: (uid, options) => call('space-revoke', { ...options, tenant, uid }),
    list: (options) => call('space-list', { ...options, tenant }),
    stats: (options) => call('space-stats', { ...options, tenant }),
    delete: (space, options) => call('space-delete', { ...options, tenant, space }),
  };
}

/** Binds the `job` operations to a tenant. */
export function jobOperations(call: Call, tenant: string): JobOperations {
  return {
    start: (request) => call('job-start', { ...request, tenant }),
    get: (jobId) => call('job-get', { tenant, jobId }),
    cancel: (jobId, options) => call('job-cancel', { ...options, tenant, jobId }),
  };
}

/** Binds the `tenant` operations to a tenant. */
export function tenantOperations(call: Call, tenant: string): TenantOperations {
  return {
    create: (options) => call('tenant-create', { ...options, tenant }),
    setMember: (uid, role, options) => call('tenant-setMember', { ...options, tenant, uid, role }),
    removeMember: (uid, options) => call('tenant-removeMember', { ...options, tenant, uid }),
    settings: (changes, options) => call('tenant-settings', { ...options, tenant, changes }),
    usage: () => call('tenant-usage', { tenant }),
    members: (options) => call('tenant-members', { ...options, tenant }),
  };
}

/** Binds the `system` operations. */
export function systemOperations(call: Call): HealthOperations {
  return { health: () => call('system-health', {}) };
}
