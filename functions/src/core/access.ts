/**
 * Who may do what, decided from what the membership and the space say. Fails closed: whatever is missing,
 * suspended or unknown denies. An admin's or owner's role gives no access to another's personal space.
 */
import type { MemberRole, SpaceAccess } from '../contract/types.ts';

/** What is known of the caller's tenant and membership; null where there is none. */
export interface Standing {
  readonly uid: string;
  readonly tenant: { readonly status: string } | null;
  readonly member: { readonly role: MemberRole; readonly status: string } | null;
}

/** What is known of a space: its id, and what its document says if there is one. */
export interface SpaceFacts {
  readonly id: string;
  readonly kind: string | null;
  /** What the caller was granted in it, if anything. */
  readonly grant?: SpaceAccess | null;
  /** Whether the space's id is the uid of an active member; known where a grant hangs on it. */
  readonly ownerIsActive?: boolean;
}

const RANK: Record<MemberRole, number> = { viewer: 0, editor: 1, admin: 2, owner: 3 };

/** True iff the caller is an active member of an active tenant. */
export function isMember(standing: Standing): boolean {
  return standing.tenant?.status === 'active' && standing.member?.status === 'active';
}

/** True iff the caller is a member with this role or one above it. */
export function hasRole(standing: Standing, role: MemberRole): boolean {
  return isMember(standing) && standing.member !== null && RANK[standing.member.role] >= RANK[role];
}

/**
 * True iff the caller may read or write the memories of the space: its own personal space (whose id is the
 * uid and which needs no document) or a shared one as its role allows, and either kind as it was granted.
 * Writing takes an editor or a grant. A grant in a personal space holds while its owner is an active member.
 */
export function canUseSpace(standing: Standing, space: SpaceFacts, need: SpaceAccess): boolean {
  if (!isMember(standing) || isDeleted(space.kind)) return false;
  const byRole = hasRole(standing, need === 'write' ? 'editor' : 'viewer');
  if (space.id === standing.uid) return byRole;
  const isGranted = space.grant === 'write' || space.grant === need;
  if (space.kind === 'shared') return byRole || isGranted;
  return dependsOnOwner(space) && isGranted && space.ownerIsActive === true;
}

/** True iff a space of this kind is being deleted, or was deleted a short while ago. */
export function isDeleted(kind: string | null): boolean {
  return kind === 'deleting' || kind === 'deleted';
}

/** True iff it has to be known whether the space's owner is an active member. */
export function dependsOnOwner(space: Pick<SpaceFacts, 'kind' | 'grant'>): boolean {
  return space.kind === 'personal' && (space.grant ?? null) !== null;
}

/**
 * True iff the caller may give and take grants in the space: its own personal space, or a shared one as an
 * admin. No role gives grants in another's personal space.
 */
export function canGrant(standing: Standing, space: Pick<SpaceFacts, 'id' | 'kind'>): boolean {
  if (space.id === standing.uid) return isMember(standing) && (space.kind ?? 'personal') === 'personal';
  return space.kind === 'shared' && hasRole(standing, 'admin');
}

/** True iff the caller may delete the space: its own personal one, or a shared one as an admin. */
export function canDeleteSpace(standing: Standing, space: Pick<SpaceFacts, 'id' | 'kind'>): boolean {
  return canGrant(standing, space);
}

/**
 * True iff the caller may verify, repair and reindex the space: its own personal one, or a shared one as an
 * admin.
 */
export function canMaintainSpace(standing: Standing, space: Pick<SpaceFacts, 'id' | 'kind'>): boolean {
  return canGrant(standing, space);
}

/**
 * True iff the caller may give `role` to a member who has `present` (null: not yet a member). Admins manage
 * all but owners; only an owner makes or changes an owner.
 */
export function canSetRole(standing: Standing, present: MemberRole | null, role: MemberRole): boolean {
  const concernsOwner = present === 'owner' || role === 'owner';
  return hasRole(standing, concernsOwner ? 'owner' : 'admin');
}
