/** The plain types of tenants, members, spaces and of the health of the service. */
import type { Differences } from './job-types.ts';
import type { Keyed, Scope } from './memory-types.ts';

/** What a member may do in a tenant, from the least to the most. */
export type MemberRole = 'viewer' | 'editor' | 'admin' | 'owner';

export interface Space {
  id: string;
  tenant: string;
  name: string;
  kind: 'shared' | 'personal';
  createdAt: string;
  createdBy: string;
}
/** What a grant lets a member do in a space: `write` includes `read`. */
export type SpaceAccess = 'read' | 'write';
/** A space as those see it who give grants in it: the owner of a personal one, admins of a shared one. */
export interface GrantedSpace extends Space {
  /** By the uid of the member who was granted it. */
  grants: { [uid: string]: SpaceAccess };
}
export interface SpaceCreateRequest extends Keyed {
  tenant: string;
  id?: string;
  name: string;
  kind: 'shared';
}
export interface SpaceCreateResponse {
  space: Space;
  replayed?: true;
}

export interface SpaceGrantRequest extends Scope, Keyed {
  /** An active member. */
  uid: string;
  /** Replaces what was granted before. */
  access: SpaceAccess;
}
export interface SpaceGrantResponse {
  space: GrantedSpace;
  replayed?: true;
}
export interface SpaceRevokeRequest extends Scope, Keyed {
  uid: string;
  /** What is taken: `write` leaves `read`. Everything by default. */
  access?: SpaceAccess;
}
export interface SpaceRevokeResponse {
  space: GrantedSpace;
  replayed?: true;
}
/** A space that the caller may use, and how. */
export interface ListedSpace extends Space {
  access: SpaceAccess;
}
export interface SpaceListRequest {
  tenant: string;
  /** 1 … 100, 20 by default. */
  limit?: number;
  cursor?: string;
}
export interface SpaceListResponse {
  /** The caller's personal space first, then by id. */
  spaces: ListedSpace[];
  /** `null` on the last page. A page may be short, even empty, while there is a cursor. */
  nextCursor: string | null;
}
export type SpaceStatsRequest = Scope;
export interface SpaceStatsResponse {
  /** Memories of the space. */
  count: number;
  /** Bytes of UTF-8 of their texts and of their metadata as JSON. */
  bytes: number;
  /** Memories of each kind and with each tag; what none has is left out. */
  byKind: { [kind: string]: number };
  byTag: { [tag: string]: number };
  /** Memories that could not be embedded so far and are found by their words alone; absent if there are none. */
  unembedded?: number;
  /** The moment at which all of this was so. */
  asOf: string;
}

export interface SpaceDeleteRequest extends Keyed {
  tenant: string;
  space: string;
}
/** What a deletion of a space did. */
export interface SpaceDeleteResult {
  id: string;
  /** Memories that were in it. */
  deleted: number;
}
/** The result, or the job that will have it. */
export type SpaceDeleteResponse = (SpaceDeleteResult | { jobId: string }) & { replayed?: true };

export interface Tenant {
  id: string;
  name: string;
  status: 'active' | 'suspended';
  createdAt: string;
  createdBy: string;
}
export interface TenantCreateRequest extends Keyed {
  tenant: string;
  name?: string;
}
export interface TenantCreateResponse {
  tenant: Tenant;
  role: 'owner';
  replayed?: true;
}

export interface Member {
  uid: string;
  role: MemberRole;
  createdAt: string;
  updatedAt: string;
  /** Absent for an active member; the others may do nothing. */
  status?: 'suspended' | 'removed';
}
export interface TenantSetMemberRequest extends Keyed {
  tenant: string;
  uid: string;
  role: MemberRole;
}
export interface TenantSetMemberResponse {
  member: Member;
  replayed?: true;
}
export interface TenantMembersRequest {
  tenant: string;
  limit?: number;
  cursor?: string;
}
export interface TenantMembersResponse {
  members: Member[];
  nextCursor: string | null;
}

export interface TenantRemoveMemberRequest extends Keyed {
  tenant: string;
  uid: string;
}
export interface TenantRemoveMemberResponse {
  member: Member;
  replayed?: true;
}

/** What holds in a tenant where a call says nothing. */
export interface TenantSettings {
  /** Seconds until a new memory expires that comes without an expiry; `null` for never. */
  defaultTtlSeconds: number | null;
  /** Whether `memory-add` looks for duplicates. */
  dedupe: 'exact' | 'off';
  /** Days for which a deleted memory keeps its history and can be restored. */
  retentionDays: number;
  /** Hours for which a call that is repeated with its key gets its first answer. */
  receiptHours: number;
}
/** New values of settings; `'default'` goes back to what the deployment says. */
export type TenantSettingsChanges = { [K in keyof TenantSettings]?: TenantSettings[K] | 'default' };
export interface TenantSettingsRequest extends Keyed {
  tenant: string;
  /** At least one of the settings. Without it, they are only read. */
  changes?: TenantSettingsChanges;
}
export interface TenantSettingsResponse {
  settings: TenantSettings;
  replayed?: true;
}

export interface TenantUsageRequest {
  tenant: string;
}
export interface TenantUsageResponse {
  /** Memories of all spaces, and the bytes of their texts and metadata. */
  memories: number;
  bytes: number;
  /** There is no quota yet. */
  quota: null;
}

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';
export interface HealthCheck {
  status: HealthStatus;
  /** Milliseconds that the check took. */
  latencyMs: number;
}
/** How what is derived from the memories was found by the last run of the scheduled verification. */
export interface DerivedCheck extends HealthCheck {
  /** What the last run looked at, found and mended; `null` if there was none yet. */
  lastVerification: {
    at: string;
    looked: number;
    differences: Differences;
    mended: number;
    /** Milliseconds for which the longest standing difference had been there, at most; 0 if there was none. */
    lagMs: number;
    /** Events that failed for good and whose memories are not in order since: 1,000 at the most. */
    deadLetters: number;
  } | null;
  /** How long after its write an event was handled lately, in milliseconds; `null` if it is not known. */
  eventLag: { at: string; lagMs: number } | null;
}
export interface SystemHealthResponse {
  status: HealthStatus;
  checks: { firestore: HealthCheck; embedder: HealthCheck; derived: DerivedCheck };
  /** The version of the deployed functions. */
  version: string;
}
