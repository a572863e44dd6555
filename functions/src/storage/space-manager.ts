/** The interface of what can be done with the spaces of one tenant. */
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
  SpaceStatsResponse,
} from '../contract/types.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Body } from './memory-manager.ts';

/**
 * The spaces of one tenant. Every method but `stats` asks itself whether the caller may, since a change has to know
 * it in its own transaction. Each throws a `StorageError` as `MemoryManager` says, and what it says itself.
 */
export interface SpaceManager {
  /**
   * Creates a shared space.
   * @throws OperationError `permission-denied` to all but admins and owners; `already-exists` if the id is
   *   that of a space or of a member, since a member's uid is the id of its personal space
   */
  create(
    request: Omit<SpaceCreateRequest, 'tenant' | 'kind'>,
    call: CallContext,
  ): Promise<SpaceCreateResponse>;

  /**
   * Lets an active member read or write a space, whatever its role. A personal space gets its document with
   * its first grant.
   * @throws OperationError `permission-denied` to all but the owner of a personal space and the admins of a
   *   shared one; `failed-precondition` for whom is no active member, or if the space has too many grants
   */
  grant(space: string, request: Body<SpaceGrantRequest>, call: CallContext): Promise<SpaceGrantResponse>;

  /**
   * Takes a grant away, or only `write` of it. What was not granted stays so.
   * @throws OperationError `permission-denied` as for `grant`
   */
  revoke(space: string, request: Body<SpaceRevokeRequest>, call: CallContext): Promise<SpaceRevokeResponse>;

  /**
   * Deletes a space with all that is in it. From the beginning on nobody else can use it. A deletion that is
   * under way already is joined; one that was made with the same key answers as it did.
   * @throws OperationError `permission-denied` to all but the owner of a personal space and the admins of a
   *   shared one, and for a space that is gone
   */
  delete(space: string, request: Body<SpaceDeleteRequest>, call: CallContext): Promise<SpaceDeleteResponse>;

  /**
   * Reads one page of the spaces that the caller may read: its personal space first, then by id the shared
   * ones and those that were granted to it.
   * @throws OperationError `permission-denied` to all but members; ValidationError for a cursor
   */
  list(request: Body<SpaceListRequest>, call: CallContext): Promise<SpaceListResponse>;

  /** Sums the counters of a space as they are at one moment. The caller must have been admitted. */
  stats(space: string, call: CallContext): Promise<SpaceStatsResponse>;
}
