/** The interface of what can be done with the raw records of the agents of one tenant. */
import type * as contract from '../contract/types.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Body } from './memory-manager.ts';

/**
 * The records of the agents of one tenant. Who may do what is decided before.
 * Every method throws a `StorageError`: `invalid-argument` for a cursor that is not valid, `not-found` for a
 * record that is missing, deleted or expired, `failed-precondition` for a reused key, `data-loss` for a
 * record that cannot be read, and as `MemoryManager` says where the database is the cause.
 */
export interface RecordManager {
  /** Stores a record under an id of its own; nothing is ever overwritten. */
  add(
    space: string,
    request: Body<contract.AgentDataAddRequest>,
    call: CallContext,
  ): Promise<contract.AgentDataAddResponse>;

  /** Reads one record. */
  get(space: string, id: string, call: CallContext): Promise<contract.AgentRecord>;

  /** Reads one page, newest first. */
  list(
    space: string,
    request: Body<contract.AgentDataListRequest>,
    call: CallContext,
  ): Promise<contract.AgentDataListResponse>;

  /** Deletes one record, for good. */
  delete(
    space: string,
    request: Body<contract.AgentDataDeleteRequest>,
    call: CallContext,
  ): Promise<contract.AgentDataDeleteResponse>;
}
