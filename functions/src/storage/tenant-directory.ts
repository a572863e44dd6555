/** Tenants, their members and their shared spaces, and what authorization needs to know of a caller. */
import { randomBytes } from 'node:crypto';
import { FieldPath, Timestamp } from 'firebase-admin/firestore';
import { DEFAULTS } from '../config.ts';
import type { Member, MemberRole, Space, Tenant, TenantMembersResponse } from '../contract/types.ts';
import { canSetRole, hasRole, isMember, type SpaceFacts, type Standing } from '../core/access.ts';
import { openCursor, sealCursor } from '../core/cursor.ts';
import { toIso } from '../core/memory.ts';
import { OperationError, permissionDenied } from '../errors.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore, Transaction } from './database.ts';
import { decodeMember, decodeTenant } from './directory-codec.ts';

/** What one read tells of a caller: its standing, the spaces it asks for, the tenant's cursor secret. */
export interface Admission {
  readonly standing: Standing;
  readonly spaces: readonly SpaceFacts[];
  readonly cursorSecret: string;
}

/** Bytes of a tenant's cursor secret: those of the SHA-256 that it keys. */
const SECRET_BYTES = 32;

/** The directory of one tenant. Every change re-reads the caller's standing in its own transaction. */
export class TenantDirectory extends BaseStorageManager {
  constructor(database: Firestore, tenantId: string) {
    super(database, tenantId);
  }

  /** Reads the standing of the caller and the facts of the spaces in one round trip. */
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
        spaces: spaces.map((id, place) => {
          const kind: unknown = found[place]?.get('kind');
          return { id, kind: typeof kind === 'string' ? kind : null };
        }),
        cursorSecret: missing ? await this.#giveSecret() : (stored?.cursorSecret ?? ''),
      };
    });
  }

  /**
   * Creates the tenant with the caller as its owner.
   * @throws OperationError (`already-exists`) if there is a tenant with this id, whoever owns it
   */
  async create(name: string, call: CallContext): Promise<Tenant> {
    const { tenantId, tenant, member } = this.paths;
    return this.run({ operation: 'tenant.create', collection: 'tenants' }, call, () =>
      this.database.runTransaction(async (transaction) => {
        const [present, members] = await Promise.all([
          transaction.get(tenant),
          transaction.get(this.paths.members.limit(1)),
        ]);
        // Members without a tenant are left of one whose document was lost: nobody may become their owner.
        if (present.exists || !members.empty) throw taken('tenant-exists', 'tenants');
        const at = Timestamp.fromMillis(call.now);
        transaction.create(tenant, {
          name,
          status: 'active',
          settings: {},
          cursorSecret: newSecret(),
          createdAt: at,
          createdBy: call.actor,
        });
        transaction.create(member(call.actor), memberDocument('owner', at, at));
        const createdAt = toIso(call.now);
        return { id: tenantId, name, status: 'active', createdAt, createdBy: call.actor };
      }),
    );
  }

  /**
   * Makes someone a member, or changes a member's role.
   * @throws OperationError `permission-denied`; `failed-precondition` if it would leave no owner, or if a
   *   shared space has the uid as its id, since personal spaces are found by it
   */
  async setMember(uid: string, role: MemberRole, call: CallContext): Promise<Member> {
    return this.run({ operation: 'tenant.setMember', collection: 'members' }, call, () =>
      this.database.runTransaction(async (transaction) => {
        const [standing, target, space] = await Promise.all([
          this.#standing(transaction, call),
          transaction.get(this.paths.member(uid)),
          transaction.get(this.paths.space(uid).space),
        ]);
        const present = decodeMember(target);
        if (!canSetRole(standing, present?.role ?? null, role)) throw permissionDenied();
        if (present?.role === 'owner' && role !== 'owner') await this.#keepAnOwner(transaction);
        if (space.get('kind') === 'shared') throw precondition('space-has-this-id', 'members');
        const now = Timestamp.fromMillis(call.now);
        const createdAt = present?.createdAt ?? now;
        transaction.set(target.ref, memberDocument(role, createdAt, now));
        return { uid, role, createdAt: createdAt.toDate().toISOString(), updatedAt: toIso(call.now) };
      }),
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
          if (member === null) return [];
          const { role, createdAt, updatedAt } = member;
          const times = {
            createdAt: createdAt.toDate().toISOString(),
            updatedAt: updatedAt.toDate().toISOString(),
          };
          return [{ uid: document.id, role, ...times }];
        }),
        nextCursor: docs.length > limit && last !== undefined ? sealCursor([last.id], binding) : null,
      };
    });
  }

  /**
   * Creates a shared space.
   * @throws OperationError `permission-denied` to all but admins and owners; `already-exists` if the id is
   *   that of a space or of a member, since a member's uid is the id of its personal space
   */
  async createSpace(
    request: { readonly id?: string; readonly name: string },
    call: CallContext,
  ): Promise<Space> {
    const id = request.id ?? this.paths.spaces.doc().id;
    const { space } = this.paths.space(id);
    return this.run({ operation: 'space.create', collection: 'spaces' }, call, () =>
      this.database.runTransaction(async (transaction) => {
        const [standing, present, member] = await Promise.all([
          this.#standing(transaction, call),
          transaction.get(space),
          transaction.get(this.paths.member(id)),
        ]);
        if (!hasRole(standing, 'admin')) throw permissionDenied();
        if (present.exists || member.exists) throw taken('space-exists', 'spaces');
        const createdAt = Timestamp.fromMillis(call.now);
        const { name } = request;
        transaction.create(space, { kind: 'shared', name, createdAt, createdBy: call.actor });
        const { tenantId } = this.paths;
        return {
          id,
          tenant: tenantId,
          name,
          kind: 'shared',
          createdAt: toIso(call.now),
          createdBy: call.actor,
        };
      }),
    );
  }

  async #standing(transaction: Transaction, call: CallContext): Promise<Standing> {
    const [tenant, member] = await transaction.getAll(this.paths.tenant, this.paths.member(call.actor));
    return { uid: call.actor, tenant: decodeTenant(tenant), member: decodeMember(member) };
  }

  async #keepAnOwner(transaction: Transaction): Promise<void> {
    const { members } = this.paths;
    const active = members.where('role', '==', 'owner').where('status', '==', 'active');
    const owners = await transaction.get(active.limit(2));
    if (owners.size < 2) throw precondition('last-owner', 'members');
  }

  /** A tenant that was made by hand has no secret yet; the first member who calls gives it. */
  async #giveSecret(): Promise<string> {
    return this.database.runTransaction(async (transaction) => {
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

function memberDocument(role: MemberRole, createdAt: Timestamp, updatedAt: Timestamp) {
  return { role, status: 'active', createdAt, updatedAt };
}

function taken(reason: string, collection: 'tenants' | 'spaces'): OperationError {
  return new OperationError('already-exists', 'This id is taken.', { reason, collection });
}

function precondition(reason: string, collection: 'members'): OperationError {
  return new OperationError('failed-precondition', 'The tenant does not allow this as it is.', {
    reason,
    collection,
  });
}
