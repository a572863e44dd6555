/** The `agentData` operations. Every method resolves to the response of the wire contract. */
import type {
  AgentDataAddResponse,
  AgentDataDeleteResponse,
  AgentDataGetResponse,
  AgentDataListResponse,
  AgentRecordInput,
} from '../../functions/src/contract/types.ts';
import type { Call, Loose, RequestOptions } from './call.ts';

/** What can be done with raw records of agents. All methods reject with a `FirememoryError`. */
export interface AgentDataOperations {
  /** Stores a record under an id that the service chooses. */
  add(
    record: Loose<AgentRecordInput>,
    options?: RequestOptions<'agentData-add', keyof AgentRecordInput>,
  ): Promise<AgentDataAddResponse>;
  /** Reads one record. `not-found` when it is missing, deleted or expired. */
  get(id: string, options?: RequestOptions<'agentData-get', 'id'>): Promise<AgentDataGetResponse>;
  /** Reads a page, newest first, of an agent or a type if named; `nextCursor` asks for the next one. */
  list(options?: RequestOptions<'agentData-list'>): Promise<AgentDataListResponse>;
  /** Deletes one record, for good. */
  delete(id: string, options?: RequestOptions<'agentData-delete', 'id'>): Promise<AgentDataDeleteResponse>;
}

/** Binds the `agentData` operations to a tenant. */
export function agentDataOperations(call: Call, tenant: string): AgentDataOperations {
  return {
    add: (record, options) => call('agentData-add', { ...options, ...record, tenant }),
    get: (id, options) => call('agentData-get', { ...options, tenant, id }),
    list: (options) => call('agentData-list', { ...options, tenant }),
    delete: (id, options) => call('agentData-delete', { ...options, tenant, id }),
  };
}
