/** The `space`, `tenant` and `system` operations. Every method resolves to the response of the contract. */
import type {
  MemberRole,
  SpaceCreateResponse,
  SystemHealthResponse,
  TenantCreateResponse,
  TenantMembersResponse,
  TenantSetMemberResponse,
} from '../../functions/src/contract/types.ts';
import type { Call, RequestOptions } from './call.ts';

/** What can be done with spaces. All methods reject with a `FirememoryError`. */
export interface SpaceOperations {
  /** Makes a shared space. Its id is chosen by the service when absent. */
  create(space: RequestOptions<'space-create', 'kind'>): Promise<SpaceCreateResponse>;
}

/** What can be done with the tenant that the client is bound to. All reject with a `FirememoryError`. */
export interface TenantOperations {
  /** Makes the tenant, with the caller as its owner. */
  create(options?: RequestOptions<'tenant-create'>): Promise<TenantCreateResponse>;
  /** Makes someone a member, or gives a member another role. */
  setMember(uid: string, role: MemberRole): Promise<TenantSetMemberResponse>;
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
  return { create: (space) => call('space-create', { ...space, tenant, kind: 'shared' }) };
}

/** Binds the `tenant` operations to a tenant. */
export function tenantOperations(call: Call, tenant: string): TenantOperations {
  return {
    create: (options) => call('tenant-create', { ...options, tenant }),
    setMember: (uid, role) => call('tenant-setMember', { tenant, uid, role }),
    members: (options) => call('tenant-members', { ...options, tenant }),
  };
}

/** Binds the `system` operations. */
export function systemOperations(call: Call): HealthOperations {
  return { health: () => call('system-health', {}) };
}
