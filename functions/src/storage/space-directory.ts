/** The spaces of a tenant: making shared ones, grants, the list of those that a caller may use, counters. */
import { FieldPath, FieldValue, Filter, Timestamp } from 'firebase-admin/firestore';
import { DEFAULTS, LIMITS } from '../config.ts';
import type {
  ListedSpace,
  Space,
  SpaceAccess,
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
  SpaceStatsResponse,
} from '../contract/types.ts';
import { canGrant, canUseSpace, hasRole, isDeleted, isMember } from '../core/access.ts';
import { type CursorBinding, openCursor, sealCursor } from '../core/cursor.ts';
import { toIso } from '../core/memory.ts';
import { permissionDenied, ValidationError } from '../errors.ts';
import type { OneDecision } from './answer-once.ts';
import { BaseDirectory } from './base-directory.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { QueryDocumentSnapshot, Transaction } from './database.ts';
import type { DirectoryChange } from './directory-change.ts';
import { decodeMember, decodeSpace, type StoredSpace } from './directory-codec.ts';
import type { Body } from './memory-manager.ts';
import type { RequestIdentity } from './receipts.ts';
import { deleteSpace } from './space-deletion.ts';
import { spaceFacts } from './space-facts.ts';
import type { SpaceManager } from './space-manager.ts';
import { precondition, readStanding, type StoredStanding, taken } from './standing.ts';
import { readStats } from './stats-shards.ts';
import { TenantDirectory } from './tenant-directory.ts';

/** Decides what a grant is to be, from what it is and whether it is an active member's; null for none. */
type NextGrant = (present: SpaceAccess | null, isActive: boolean) => SpaceAccess | null;

/** The spaces of one tenant. Every change re-reads the caller's standing in its own transaction. */
export class SpaceDirectory extends BaseDirectory implements SpaceManager {
  async create(
    { id, name, key }: Omit<SpaceCreateRequest, 'tenant' | 'kind'>,
    call: CallContext,
  ): Promise<SpaceCreateResponse> {
    // Chosen once, so that a transaction that runs again creates the same space.
    const spaceId = id ?? this.paths.spaces.doc().id;
    const { space } = this.paths.space(spaceId);
    const { tenantId: tenant } = this.paths;
    const createdAt = toIso(call.now);
    const created: Space = { id: spaceId, tenant, name, kind: 'shared', createdAt, createdBy: call.actor };
    let isRepeated = false;
    const decide = async (transaction: Transaction) => {
      const [standing, present, member] = await Promise.all([
        readStanding(transaction, this.paths, call),
        transaction.get(space),
        transaction.get(this.paths.member(spaceId)),
      ]);
      if (!hasRole(standing, 'admin')) throw permissionDenied();
      // The answer to a commit that was applied may be lost.
      const isThere = isRepeated && isCreated(decodeSpace(present), created);
      if (!isThere && (present.exists || member.exists)) throw taken('space-exists', 'spaces');
      isRepeated = true;
      const { kind, createdBy } = created;
      const stored = { kind, name, createdAt: Timestamp.fromMillis(call.now), createdBy };
      const write = () => (isThere ? null : transaction.create(space, stored));
      return { answer: { space: created }, write };
    };
    return this.#change({ operation: 'space.create', key, body: [id ?? null, name] }, decide, call);
  }

  async grant(
    space: string,
    { uid, access, key }: Body<SpaceGrantRequest>,
    call: CallContext,
  ): Promise<SpaceGrantResponse> {
    if (uid === space) throw new ValidationError([{ path: 'uid', code: 'owns_space' }]);
    const next: NextGrant = (_present, isActive) => {
      if (!isActive) throw precondition('not-a-member', 'members');
      return access;
    };
    const identity = { operation: 'space.grant', key, body: [space, uid, access] };
    const decide = (transaction: Transaction) => this.#decideGrant(transaction, space, uid, next, call);
    return this.#change(identity, decide, call);
  }

  async revoke(
    space: string,
    { uid, access, key }: Body<SpaceRevokeRequest>,
    call: CallContext,
  ): Promise<SpaceRevokeResponse> {
    const next: NextGrant = (present, isActive) =>
      access === 'write' && present !== null && isActive ? 'read' : null;
    const identity = { operation: 'space.revoke', key, body: [space, uid, access ?? null] };
    const decide = (transaction: Transaction) => this.#decideGrant(transaction, space, uid, next, call);
    return this.#change(identity, decide, call);
  }

  async delete(
    space: string,
    { key }: Body<SpaceDeleteRequest>,
    call: CallContext,
  ): Promise<SpaceDeleteResponse> {
    return this.run({ operation: 'space.delete', collection: 'spaces' }, call, (bounded) =>
      deleteSpace({ database: this.database, paths: this.paths }, space, key, bounded),
    );
  }

  async list(request: Body<SpaceListRequest>, call: CallContext): Promise<SpaceListResponse> {
    const { limit = DEFAULTS.PAGE, cursor } = request;
    const directory = new TenantDirectory(this.database, this.paths.tenantId, this.log);
    const { standing, cursorSecret: secret } = await directory.admit([], call);
    if (!isMember(standing)) throw permissionDenied();
    return this.run({ operation: 'space.list', collection: 'spaces' }, call, async () => {
      const query = [this.paths.tenantId, 'space.list', call.actor];
      const binding: CursorBinding = { query, secret, now: call.now };
      const position = cursor === undefined ? null : openCursor(cursor, binding);
      const first = position === null ? await this.#ownSpace(standing, call) : [];
      const usable = Filter.or(
        Filter.where('kind', '==', 'shared'),
        Filter.where(new FieldPath('grants', call.actor), 'in', ['read', 'write']),
      );
      // A position without an id is that of a first page which had room for nothing but the personal space.
      const ordered = this.paths.spaces.where(usable).orderBy(FieldPath.documentId());
      const from = position === null || position.length === 0 ? ordered : ordered.startAfter(...position);
      const room = limit - first.length;
      const { docs } = await from.limit(room + 1).get();
      const page = docs.slice(0, room);
      const spaces = [...first, ...(await this.#usable(page, standing))];
      const end = page.at(-1);
      const place = end === undefined ? [] : [end.id];
      return { spaces, nextCursor: docs.length > room ? sealCursor(place, binding) : null };
    });
  }

  async stats(space: string, call: CallContext): Promise<SpaceStatsResponse> {
    return this.run({ operation: 'space.stats', collection: 'stats' }, call, () =>
      readStats(this.paths.space(space)),
    );
  }

  /** Makes a change once for its key. */
  #change<A extends object>(
    identity: RequestIdentity,
    decide: DirectoryChange<A>['decide'],
    call: CallContext,
  ): Promise<A & { replayed?: true }> {
    return this.change('spaces', { identity, replayTo: 'members', decide }, call);
  }

  async #decideGrant(
    transaction: Transaction,
    spaceId: string,
    uid: string,
    next: NextGrant,
    call: CallContext,
  ): Promise<OneDecision<SpaceGrantResponse>> {
    const { space } = this.paths.space(spaceId);
    const [standing, snapshot, member] = await Promise.all([
      readStanding(transaction, this.paths, call),
      transaction.get(space),
      transaction.get(this.paths.member(uid)),
    ]);
    const stored = decodeSpace(snapshot);
    // A document of no known kind is not a personal space that has none yet.
    const kind = snapshot.exists ? (stored?.kind ?? '') : null;
    if (!canGrant(standing, { id: spaceId, kind })) throw permissionDenied();
    const present = stored ?? this.#undocumented(standing);
    const grants = new Map(present.grants);
    const access = next(grants.get(uid) ?? null, decodeMember(member)?.status === 'active');
    if (access === null) grants.delete(uid);
    else grants.set(uid, access);
    if (grants.size > LIMITS.MAX_GRANTS) throw precondition('too-many-grants', 'spaces');
    const granted = { ...this.#toSpace(spaceId, present), grants: Object.fromEntries([...grants].sort()) };
    const change = { spaceId, uid, access, isNew: stored === null };
    return {
      answer: { space: granted },
      write: () => this.#writeGrant(transaction, change, present),
    };
  }

  /** Writes one grant and touches no other; the document of a personal space is made only for a grant. */
  #writeGrant(
    transaction: Transaction,
    change: { spaceId: string; uid: string; access: SpaceAccess | null; isNew: boolean },
    { kind, createdAt, createdBy }: StoredSpace,
  ): void {
    const { spaceId, uid, access, isNew } = change;
    const { space } = this.paths.space(spaceId);
    if (!isNew) {
      transaction.update(space, new FieldPath('grants', uid), access ?? FieldValue.delete());
    } else if (access !== null) {
      transaction.create(space, { kind, owner: spaceId, grants: { [uid]: access }, createdAt, createdBy });
    }
  }

  /** None while it is being deleted. */
  async #ownSpace(standing: StoredStanding, call: CallContext): Promise<ListedSpace[]> {
    const stored = decodeSpace(await this.paths.space(call.actor).space.get());
    if (isDeleted(stored?.kind ?? null)) return [];
    const space = this.#toSpace(call.actor, stored ?? this.#undocumented(standing));
    const facts = { id: call.actor, kind: 'personal', grant: null, ownerIsActive: true };
    return [{ ...space, kind: 'personal', access: canUseSpace(standing, facts, 'write') ? 'write' : 'read' }];
  }

  async #usable(page: readonly QueryDocumentSnapshot[], standing: StoredStanding): Promise<ListedSpace[]> {
    const facts = await spaceFacts(this.database, this.paths, page, standing.uid);
    return page.flatMap((snapshot, place): ListedSpace[] => {
      const space = decodeSpace(snapshot);
      const fact = facts[place];
      const isOwn = snapshot.id === standing.uid;
      if (space === null || fact === undefined || isOwn || !canUseSpace(standing, fact, 'read')) return [];
      const access = canUseSpace(standing, fact, 'write') ? 'write' : 'read';
      return [{ ...this.#toSpace(snapshot.id, space), access }];
    });
  }

  /** The caller's personal space, which is as old as the membership and has no document yet. */
  #undocumented({ uid, member }: StoredStanding): StoredSpace {
    const createdAt = member?.createdAt ?? new Timestamp(0, 0);
    return { kind: 'personal', createdAt, createdBy: uid, grants: new Map() };
  }

  #toSpace(id: string, { kind, name = id, createdAt, createdBy }: StoredSpace): Space {
    const { tenantId: tenant } = this.paths;
    const known = kind === 'shared' ? 'shared' : 'personal';
    return { id, tenant, name, kind: known, createdAt: createdAt.toDate().toISOString(), createdBy };
  }
}

/** True iff this is what the same member created in the same millisecond; grants may have followed. */
function isCreated(stored: StoredSpace | null, { kind, name, createdAt, createdBy }: Space): boolean {
  const isSame = stored?.kind === kind && stored.name === name && stored.createdBy === createdBy;
  return isSame && stored.createdAt.toMillis() === Date.parse(createdAt);
}
