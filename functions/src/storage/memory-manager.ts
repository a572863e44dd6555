/** The interface of the storage module: everything that can be done with what one tenant has stored. */
import type * as contract from '../contract/types.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { RecordManager } from './record-manager.ts';
import type { SpaceManager } from './space-manager.ts';

/** A request without what the manager is bound to (tenant) or is told apart (space). */
export type Body<R> = Omit<R, 'tenant' | 'space' | 'spaces'>;

/** One operation of a batch, and the spaces that it is of: several for a search alone. */
export type BatchStep = {
  [O in contract.BatchOperationName]: {
    readonly op: O;
    readonly spaces: readonly [string, ...string[]];
    readonly request: Body<contract.Operations[`memory-${O}`]['request']>;
  };
}[contract.BatchOperationName];

/** What became of one operation of a batch: the response of its callable, or what it threw. */
export type BatchOutcome =
  | { readonly ok: true; readonly value: contract.BatchValue }
  | { readonly ok: false; readonly error: unknown };

/**
 * The memories of one tenant. A manager is bound to its tenant when it is opened; no method takes one.
 * Who may do what is decided before: a method does what it is told within the given space.
 *
 * Every method throws a `StorageError`: `invalid-argument` for a filter, cursor or size that is not valid,
 * `not-found` for a memory that is missing, deleted or expired, `aborted` for a version that has moved on
 * or for too much contention, `failed-precondition` for a reused key, and `unavailable`,
 * `deadline-exceeded` or `resource-exhausted` where the database is the cause.
 */
export interface MemoryManager {
  /** The raw records of agents. */
  readonly agentData: RecordManager;

  /** The spaces of the tenant. */
  readonly spaces: SpaceManager;

  /**
   * Carries out operations one after another, each as its own method would: each sees what those before it did,
   * and is later than they. A failure stops none of those after it, and rejects nothing.
   */
  batch(steps: readonly BatchStep[], call: CallContext): Promise<BatchOutcome[]>;

  /** Stores memories, all or none; one that is there already is answered as a duplicate. */
  add(
    space: string,
    request: Body<contract.MemoryAddRequest>,
    call: CallContext,
  ): Promise<contract.MemoryAddResponse>;

  /** Reads one memory. */
  get(space: string, id: string, call: CallContext): Promise<contract.Memory>;

  /** Reads one page of the memories that pass a filter, in the given order. */
  list(
    space: string,
    request: Body<contract.MemoryListRequest>,
    call: CallContext,
  ): Promise<contract.MemoryListResponse>;

  /** Finds the memories that answer a query best, over several spaces at once. */
  search(
    spaces: readonly string[],
    request: Body<contract.MemorySearchRequest>,
    call: CallContext,
  ): Promise<contract.MemorySearchResponse>;

  /** Changes a memory and keeps what it was as a revision. */
  update(
    space: string,
    request: Body<contract.MemoryUpdateRequest>,
    call: CallContext,
  ): Promise<contract.MemoryUpdateResponse>;

  /** Deletes a memory and keeps what it was as a revision. */
  delete(
    space: string,
    request: Body<contract.MemoryDeleteRequest>,
    call: CallContext,
  ): Promise<contract.MemoryDeleteResponse>;

  /**
   * Deletes the memories that pass a filter, each as `delete` does, or counts them. Where there are too many
   * for one call, the answer is a job that is left to do it.
   */
  purge(
    space: string,
    request: Body<contract.MemoryPurgeRequest>,
    call: CallContext,
  ): Promise<contract.MemoryPurgeResponse>;

  /** Reads what a memory was, newest first, also of a deleted one. */
  history(
    space: string,
    request: Body<contract.MemoryHistoryRequest>,
    call: CallContext,
  ): Promise<contract.MemoryHistoryResponse>;

  /** Brings a version of a memory back as a new version, also of a deleted one. */
  restore(
    space: string,
    request: Body<contract.MemoryRestoreRequest>,
    call: CallContext,
  ): Promise<contract.MemoryRestoreResponse>;

  /** Appends turns to a session, in their order, without looking for duplicates. */
  append(
    space: string,
    request: Body<contract.SessionAppendRequest>,
    call: CallContext,
  ): Promise<contract.SessionAppendResponse>;

  /** Reads a window of a session's turns, chronological; the newest window first. */
  turns(
    space: string,
    request: Body<contract.SessionHistoryRequest>,
    call: CallContext,
  ): Promise<contract.SessionHistoryResponse>;

  /** Reads one page of the sessions that have turns, the ones that were last spoken in first. */
  sessions(
    space: string,
    request: Body<contract.SessionListRequest>,
    call: CallContext,
  ): Promise<contract.SessionListResponse>;

  /** Puts recent turns and what is relevant to them into a text for a prompt, within a budget of tokens. */
  context(
    space: string,
    request: Body<contract.SessionContextRequest>,
    call: CallContext,
  ): Promise<contract.SessionContextResponse>;

  /**
   * Deletes all turns of a session and keeps what they were as revisions. A call that does not get to the end
   * has deleted some; repeated with its key, it goes on and answers for all of its attempts.
   */
  deleteSession(
    space: string,
    request: Body<contract.SessionDeleteRequest>,
    call: CallContext,
  ): Promise<contract.SessionDeleteResponse>;
}
