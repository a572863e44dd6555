/** The spaces of a tenant: making shared ones, grants, the list of those that a caller may use, counters. */
import { FieldPath, FieldValue, Filter, Timestamp } from 'firebase-admin/firestore';
import { DEFAULTS, LIMITS } from '../config.ts';
import type {
  GrantedSpace,
  ListedSpace,
  Space,
  SpaceAccess,
  SpaceDeleteResponse,
  SpaceListResponse,
  SpaceStatsResponse,
} from '../contract/types.ts';
import { canGrant, canUseSpace, hasRole, isDeleted } from '../core/access.ts';
import { type CursorBinding, openCursor, sealCursor } from '../core/cursor.ts';
import { toIso } from '../core/memory.ts';
import { permissionDenied, ValidationError } from '../errors.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore, QueryDocumentSnapshot, Transaction } from './database.ts';
import { decodeMember, decodeSpace, type StoredSpace } from './directory-codec.ts';
import type { OperationLog } from './operation-log.ts';
import { runTransaction } from './run-transaction.ts';
import { deleteSpace } from './space-deletion.ts';
import { spaceFacts } from './space-facts.ts';
import { precondition, readStanding, type StoredStanding, taken } from './standing.ts';
import { readStats } from './stats-shards.ts';

/** Decides what a grant is to be, from what it is and whether it is an active member's; null for none. */
type NextGrant = (present: SpaceAccess | null, isActive: boolean) => SpaceAccess | null;

/** The spaces of one tenant. Every change re-reads the caller's standing in its own transaction. */
export class SpaceDirectory extends BaseStorageManager {
  constructor(database: Firestore, tenantId: string, log?: OperationLog) {
    super(database, tenantId, log);
  }

  /**
   * Creates a shared space.
   * @throws OperationError `permission-denied` to all but admins and owners; `already-exists` if the id is
   *   that of a space or of a member, since a member's uid is the id of its personal space
   */
  async create(request: { readonly id?: string; readonly name: string }, call: CallContext): Promise<Space> {
    const id = request.id ?? this.paths.spaces.doc().id;
    const { space } = this.paths.space(id);
    const createdAt = toIso(call.now);
    const { tenantId: tenant } = this.paths;
    const created: Space = {
      id,
      tenant,
      name: request.name,
      kind: 'shared',
      createdAt,
      createdBy: call.actor,
    };
    let isRepeated = false;
    return this.run({ operation: 'space.create', collection: 'spaces' }, call, () =>
      runTransaction(this.database, async (transaction) => {
        const [standing, present, member] = await Promise.all([
          readStanding(transaction, this.paths, call),
          transaction.get(space),
          transaction.get(this.paths.member(id)),
        ]);
        if (!hasRole(standing, 'admin')) throw permissionDenied();
        // The answer to a commit that was applied may be lost.
        if (isRepeated && isCreated(decodeSpace(present), created)) return created;
        if (present.exists || member.exists) throw taken('space-exists', 'spaces');
        isRepeated = true;
        const { kind, name, createdBy } = created;
        transaction.create(space, { kind, name, createdAt: Timestamp.fromMillis(call.now), createdBy });
        return created;
      }),
    );
  }

  /**
   * Lets an active member read or write a space, whatever its role. A personal space gets its document with
   * its first grant.
   * @throws OperationError `permission-denied` to all but the owner of a personal space and the admins of a
   *   shared one; `failed-precondition` for whom is no active member, or if the space has too many grants
   */
  async grant(spaceId: string, uid: string, access: SpaceAccess, call: CallContext): Promise<GrantedSpace> {
    if (uid === spaceId) throw new ValidationError([{ path: 'uid', code: 'owns_space' }]);
    const next: NextGrant = (_present, isActive) => {
      if (!isActive) throw precondition('not-a-member', 'members');
      return access;
    };
    return this.run({ operation: 'space.grant', collection: 'spaces' }, call, () =>
      this.#changeGrant(spaceId, uid, next, call),
    );
  }

  /**
   * Takes a grant away, or only `write` of it. What was not granted stays so.
   * @throws OperationError `permission-denied` as for `grant`
   */
  async revoke(
    spaceId: string,
    uid: string,
    access: SpaceAccess | undefined,
    call: CallContext,
  ): Promise<GrantedSpace> {
    const next: NextGrant = (present, isActive) =>
      access === 'write' && present !== null && isActive ? 'read' : null;
    return this.run({ operation: 'space.revoke', collection: 'spaces' }, call, () =>
      this.#changeGrant(spaceId, uid, next, call),
    );
  }

  /**
   * Deletes a space with all that is in it. From the beginning on nobody else can use it. A deletion that is
   * under way already is joined; one that was made with the same key answers as it did.
   * @throws OperationError `permission-denied` to all but the owner of a personal space and the admins of a
   *   shared one, and for a space that is gone
   */
  async delete(spaceId: string, key: string | undefined, call: CallContext): Promise<SpaceDeleteResponse> {
    return this.run({ operation: 'space.delete', collection: 'spaces' }, call, (bounded) =>
      deleteSpace({ database: this.database, paths: this.paths }, spaceId, key, bounded),
    );
  }

  /**
   * Reads one page of the spaces that the caller may read: its personal space first, then by id the shared
   * ones and those that were granted to it. The caller must have been admitted with this standing.
   */
  async list(
    request: { readonly limit?: number; readonly cursor?: string },
    { standing, cursorSecret }: { readonly standing: StoredStanding; readonly cursorSecret: string },
    call: CallContext,
  ): Promise<SpaceListResponse> {
    const { limit = DEFAULTS.PAGE, cursor } = request;
    return this.run({ operation: 'space.list', collection: 'spaces' }, call, async () => {
      const query = [this.paths.tenantId, 'space.list', call.actor];
      const binding: CursorBinding = { query, secret: cursorSecret, now: call.now };
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

  /** Sums the counters of a space as they are at one moment. The caller must have been admitted. */
  async stats(spaceId: string, call: CallContext): Promise<SpaceStatsResponse> {
    return this.run({ operation: 'space.stats', collection: 'stats' }, call, () =>
      readStats(this.paths.space(spaceId)),
    );
  }

  async #changeGrant(spaceId: string, uid: string, next: NextGrant, call: CallContext) {
    const { space } = this.paths.space(spaceId);
    return runTransaction(this.database, async (transaction): Promise<GrantedSpace> => {
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
      this.#writeGrant(transaction, { spaceId, uid, access, isNew: stored === null }, present);
      return { ...this.#toSpace(spaceId, present), grants: Object.fromEntries([...grants].sort()) };
    });
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
