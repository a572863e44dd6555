/** Tenants and their members, and what authorization needs to know of a caller. */
import { randomBytes } from 'node:crypto';
import { FieldPath, FieldValue, Timestamp } from 'firebase-admin/firestore';
import { DEFAULTS } from '../config.ts';
import type {
  Member,
  Tenant,
  TenantCreateRequest,
  TenantCreateResponse,
  TenantMembersResponse,
  TenantRemoveMemberRequest,
  TenantSetMemberRequest,
  TenantSetMemberResponse,
  TenantSettings,
  TenantSettingsChanges,
  TenantSettingsRequest,
  TenantSettingsResponse,
  TenantUsageResponse,
} from '../contract/types.ts';
import { canSetRole, hasRole, isMember, type SpaceFacts } from '../core/access.ts';
import { openCursor, sealCursor } from '../core/cursor.ts';
import { toIso } from '../core/memory.ts';
import { permissionDenied } from '../errors.ts';
import { BaseDirectory } from './base-directory.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { DocumentSnapshot, Transaction } from './database.ts';
import {
  type ChosenSettings,
  decodeMember,
  decodeTenant,
  type StoredMember,
  settingsOver,
} from './directory-codec.ts';
import { endGrants, grantsOf, MAX_ENDED_GRANTS } from './ended-grants.ts';
import type { RequestIdentity } from './receipts.ts';
import { runTransaction } from './run-transaction.ts';
import { spaceFacts } from './space-facts.ts';
import { precondition, readStanding, type StoredStanding, taken } from './standing.ts';
import { readUsage } from './tenant-usage.ts';

/** What one read tells of a caller: its standing, the spaces it asks for, what its tenant chose. */
export interface Admission {
  readonly standing: StoredStanding;
  readonly spaces: readonly SpaceFacts[];
  readonly cursorSecret: string;
  readonly settings: TenantSettings;
}

/** What a change of a member finds. */
interface FoundMember {
  readonly standing: StoredStanding;
  readonly stored: StoredMember | null;
  /** The document of the space whose id is the uid. */
  readonly space: DocumentSnapshot;
}

/** What a member is to be, and whether its membership begins or ends with that. */
interface MemberDecision {
  readonly member: StoredMember;
  readonly beginsOrEnds: boolean;
}

/** Bytes of a tenant's cursor secret: those of the SHA-256 that it keys. */
const SECRET_BYTES = 32;

/** The directory of one tenant. Every change re-reads the caller's standing in its own transaction. */
export class TenantDirectory extends BaseDirectory {
  /**
   * Reads the standing of the caller and the facts of the spaces in one round trip, or in two where another's
   * personal space was granted to the caller.
   */
  async admit(spaces: readonly string[], call: CallContext): Promise<Admission> {
    return this.run({ operation: 'tenant.admit', collection: 'members' }, call, async () => {
      const [tenant, member, ...found] = await this.database.getAll(
        this.paths.tenant,
        this.paths.member(call.actor),
        ...spaces.map((id) => this.paths.space(id).space),
      );
      const stored = decodeTenant(tenant);
      const standing = { uid: call.actor, tenant: stored, member: decodeMember(member) };
      const missing = stored?.cursorSecret === undefined && isMember(standing);
      return {
        standing,
        spaces: await spaceFacts(this.database, this.paths, found, call.actor),
        settings: settingsOver(this.defaults, stored?.settings),
        cursorSecret: missing ? await this.#giveSecret() : (stored?.cursorSecret ?? ''),
      };
    });
  }

  /**
   * Creates the tenant with the caller as its owner. It is named by its id by default.
   * @throws OperationError (`already-exists`) if there is a tenant with this id, whoever owns it
   */
  async create(
    { name, key }: Omit<TenantCreateRequest, 'tenant'>,
    call: CallContext,
  ): Promise<TenantCreateResponse> {
    const { tenantId: id, tenant, member } = this.paths;
    const createdAt = toIso(call.now);
    const created: Tenant = { id, name: name ?? id, status: 'active', createdAt, createdBy: call.actor };
    const cursorSecret = newSecret();
    let isRepeated = false;
    const decide = async (transaction: Transaction) => {
      const [present, members] = await Promise.all([
        transaction.get(tenant),
        transaction.get(this.paths.members.limit(1)),
      ]);
      // The answer to a commit that was applied may be lost: nobody else has made up this secret.
      const isThere = isRepeated && present.get('cursorSecret') === cursorSecret;
      // Members without a tenant are left of one whose document was lost: nobody may become their owner.
      if (!isThere && (present.exists || !members.empty)) throw taken('tenant-exists', 'tenants');
      isRepeated = true;
      const at = Timestamp.fromMillis(call.now);
      const owner: StoredMember = { role: 'owner', status: 'active', createdAt: at, updatedAt: at };
      const { status, createdBy } = created;
      const stored = { name: created.name, status, settings: {}, cursorSecret, createdAt: at, createdBy };
      const write = () => {
        if (isThere) return;
        transaction.create(tenant, stored);
        transaction.create(member(call.actor), owner);
      };
      return { answer: { tenant: created, role: 'owner' as const }, write };
    };
    const identity = { operation: 'tenant.create', key, body: [name ?? null] };
    return this.change('tenants', { identity, replayTo: 'anyone', decide }, call);
  }

  /**
   * Makes someone a member, or changes a member's role. Whoever was removed is active again, without the
   * grants of before.
   * @throws OperationError `permission-denied`; `failed-precondition` if it would leave no owner, or if a
   *   shared space has the uid as its id, since personal spaces are found by it
   */
  async setMember(
    { uid, role, key }: Omit<TenantSetMemberRequest, 'tenant'>,
    call: CallContext,
  ): Promise<TenantSetMemberResponse> {
    const identity = { operation: 'tenant.setMember', key, body: [uid, role] };
    return this.#changeMember(uid, identity, call, async (transaction, { standing, stored, space }) => {
      const present = stored?.status === 'removed' ? null : stored;
      if (!canSetRole(standing, present?.role ?? null, role)) throw permissionDenied();
      if (role !== 'owner') await this.#keepAnOwner(transaction, present);
      if (space.get('kind') === 'shared' || space.get('was') === 'shared')
        throw precondition('space-has-this-id', 'members');
      const now = Timestamp.fromMillis(call.now);
      const createdAt = stored?.createdAt ?? now;
      const member = { role, status: 'active', createdAt, updatedAt: now };
      return { member, beginsOrEnds: present === null };
    });
  }

  /**
   * Ends a membership and the grants that hang on it. The document is kept, so that nobody can make the uid
   * the id of a shared space. To remove a removed member changes nothing.
   * @throws OperationError `permission-denied`; `failed-precondition` if it would leave no owner, or if the
   *   uid never was a member
   */
  async removeMember(
    { uid, key }: Omit<TenantRemoveMemberRequest, 'tenant'>,
    call: CallContext,
  ): Promise<TenantSetMemberResponse> {
    const identity = { operation: 'tenant.removeMember', key, body: [uid] };
    return this.#changeMember(uid, identity, call, async (transaction, { standing, stored }) => {
      if (!canSetRole(standing, stored?.role ?? null, 'viewer')) throw permissionDenied();
      if (stored === null) throw precondition('not-a-member', 'members');
      if (stored.status === 'removed') return { member: stored, beginsOrEnds: true };
      await this.#keepAnOwner(transaction, stored);
      const updatedAt = Timestamp.fromMillis(call.now);
      return { member: { ...stored, status: 'removed', updatedAt }, beginsOrEnds: true };
    });
  }

  /**
   * Reads the settings that hold in the tenant, after changing some of them.
   * @throws OperationError `permission-denied`: members read them, admins and owners change them
   */
  async settings(
    { changes, key }: Omit<TenantSettingsRequest, 'tenant'>,
    call: CallContext,
  ): Promise<TenantSettingsResponse> {
    const { tenant } = this.paths;
    const decide = async (transaction: Transaction) => {
      const standing = await readStanding(transaction, this.paths, call);
      if (!hasRole(standing, changes === undefined ? 'viewer' : 'admin')) throw permissionDenied();
      const chosen = withoutDefaults(changes ?? {});
      const fields = Object.entries(chosen).map(([name, value]) => [
        `settings.${name}`,
        value === undefined ? FieldValue.delete() : value,
      ]);
      const write = () => {
        if (fields.length > 0) transaction.update(tenant, Object.fromEntries(fields));
      };
      const settings = settingsOver(this.defaults, { ...standing.tenant?.settings, ...chosen });
      return { answer: { settings }, write };
    };
    const identity = { operation: 'tenant.settings', key, body: [changes ?? null] };
    return this.change('tenants', { identity, replayTo: 'members', decide }, call);
  }

  /**
   * Adds up the counters of all spaces, as they are at one moment. The caller must have been admitted.
   * @throws OperationError (`failed-precondition`) if there are too many spaces for one call
   */
  async usage(call: CallContext): Promise<TenantUsageResponse> {
    return this.run({ operation: 'tenant.usage', collection: 'stats' }, call, (bounded) =>
      readUsage(this.database, this.paths, bounded.signal),
    );
  }

  /** Reads one page of the members, in the order of their uids. The caller must have been admitted. */
  async members(
    request: { readonly limit?: number; readonly cursor?: string },
    secret: string,
    call: CallContext,
  ): Promise<TenantMembersResponse> {
    return this.run({ operation: 'tenant.members', collection: 'members' }, call, async () => {
      const { limit = DEFAULTS.PAGE, cursor } = request;
      const binding = { query: [this.paths.tenantId, 'tenant.members'], secret, now: call.now };
      const ordered = this.paths.members.orderBy(FieldPath.documentId());
      const from = cursor === undefined ? ordered : ordered.startAfter(...openCursor(cursor, binding));
      const { docs } = await from.limit(limit + 1).get();
      const page = docs.slice(0, limit);
      const last = page.at(-1);
      return {
        members: page.flatMap((document): Member[] => {
          const member = decodeMember(document);
          return member === null ? [] : [toMember(document.id, member)];
        }),
        nextCursor: docs.length > limit && last !== undefined ? sealCursor([last.id], binding) : null,
      };
    });
  }

  /**
   * Changes one member document. Where a membership begins or ends, the grants of the uid end in the same
   * transaction; where there are more than one transaction takes, it is run until none is left.
   */
  async #changeMember(
    uid: string,
    identity: RequestIdentity,
    call: CallContext,
    decide: (transaction: Transaction, found: FoundMember) => Promise<MemberDecision>,
  ): Promise<TenantSetMemberResponse> {
    let last: StoredMember | null = null;
    const decideOne = async (transaction: Transaction) => {
      const [standing, target, space] = await Promise.all([
        readStanding(transaction, this.paths, call),
        transaction.get(this.paths.member(uid)),
        transaction.get(this.paths.space(uid).space),
      ]);
      const stored = decodeMember(target);
      // The answer to a commit that was applied may be lost, and with it the right to do the same again.
      if (last !== null && stored !== null && isSameMember(last, stored)) {
        return { answer: { member: toMember(uid, last) }, write: () => null };
      }
      const { member, beginsOrEnds } = await decide(transaction, { standing, stored, space });
      const held = beginsOrEnds ? (await transaction.get(grantsOf(this.paths, uid))).docs : [];
      const isAll = held.length < MAX_ENDED_GRANTS;
      last = isAll ? member : null;
      const write = () => {
        if (beginsOrEnds) endGrants(transaction, uid, held, space);
        // An end takes effect at once, a beginning only when no grant of before is left.
        if (isAll || member.status !== 'active') transaction.set(target.ref, member);
      };
      return { answer: { member: toMember(uid, member) }, isUnfinished: !isAll, write };
    };
    // Whoever leaves, or was removed since by itself alone, may hear that it has left.
    const replayTo = uid === call.actor ? 'anyone' : 'members';
    return this.change('members', { identity, replayTo, decide: decideOne }, call);
  }

  /** Refuses to take an active owner away if there is no other. */
  async #keepAnOwner(transaction: Transaction, present: StoredMember | null): Promise<void> {
    if (present?.role !== 'owner' || present.status !== 'active') return;
    const { members } = this.paths;
    const active = members.where('role', '==', 'owner').where('status', '==', 'active');
    const owners = await transaction.get(active.limit(2));
    if (owners.size < 2) throw precondition('last-owner', 'members');
  }

  /** A tenant that was made by hand has no secret yet; the first member who calls gives it. */
  async #giveSecret(): Promise<string> {
    return runTransaction(this.database, async (transaction) => {
      const present = decodeTenant(await transaction.get(this.paths.tenant))?.cursorSecret;
      const secret = present ?? newSecret();
      if (present === undefined) transaction.update(this.paths.tenant, { cursorSecret: secret });
      return secret;
    });
  }
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function isSameMember(a: StoredMember, b: StoredMember): boolean {
  const isSameTime = a.createdAt.isEqual(b.createdAt) && a.updatedAt.isEqual(b.updatedAt);
  return isSameTime && a.role === b.role && a.status === b.status;
}

/** A setting that is to be the deployment's is one that the tenant did not choose. */
function withoutDefaults(changes: TenantSettingsChanges): ChosenSettings {
  const chosen = Object.entries(changes).map(([name, value]) => [
    name,
    value === 'default' ? undefined : value,
  ]);
  return Object.fromEntries(chosen);
}

function toMember(uid: string, { role, status, createdAt, updatedAt }: StoredMember): Member {
  const times = { createdAt: createdAt.toDate().toISOString(), updatedAt: updatedAt.toDate().toISOString() };
  if (status === 'active') return { uid, role, ...times };
  return { uid, role, ...times, status: status === 'removed' ? 'removed' : 'suspended' };
}
