/** The `memory` operations. Every method resolves to the response of the wire contract. */
import type {
  MemoryAddResponse,
  MemoryChanges,
  MemoryDeleteResponse,
  MemoryGetResponse,
  MemoryInput,
  MemoryListResponse,
  MemorySearchResponse,
  MemoryUpdateResponse,
} from '../../functions/src/contract/types.ts';
import type { Call, RequestOptions } from './call.ts';

/**
 * What can be done with memories. `space` is the caller's personal space unless it is named. All methods
 * reject with a `FirememoryError`.
 */
export interface MemoryOperations {
  /** Stores one memory or up to 100, all or none. Once it resolves they can be found. */
  add(
    input: MemoryInput | readonly MemoryInput[],
    options?: RequestOptions<'memory-add', 'memories'>,
  ): Promise<MemoryAddResponse>;
  /** Reads one memory. `not-found` when it is missing, deleted or expired. */
  get(id: string, options?: RequestOptions<'memory-get', 'id'>): Promise<MemoryGetResponse>;
  /** Reads a page, newest first by default; `nextCursor` asks for the next one. */
  list(options?: RequestOptions<'memory-list'>): Promise<MemoryListResponse>;
  /** Finds what answers a query, best first. */
  search(query: string, options?: RequestOptions<'memory-search', 'query'>): Promise<MemorySearchResponse>;
  /** Changes the named fields; `null` clears an optional one. `aborted` when `ifVersion` is outdated. */
  update(
    id: string,
    changes: MemoryChanges,
    options?: RequestOptions<'memory-update', 'id' | 'changes'>,
  ): Promise<MemoryUpdateResponse>;
  /** Deletes one memory. */
  delete(id: string, options?: RequestOptions<'memory-delete', 'id'>): Promise<MemoryDeleteResponse>;
}

/** Binds the `memory` operations to a tenant. */
export function memoryOperations(call: Call, tenant: string): MemoryOperations {
  return {
    add: (input, options) =>
      call('memory-add', { ...options, tenant, memories: isMany(input) ? input : [input] }),
    get: (id, options) => call('memory-get', { ...options, tenant, id }),
    list: (options) => call('memory-list', { ...options, tenant }),
    search: (query, options) => call('memory-search', { ...options, tenant, query }),
    update: (id, changes, options) => call('memory-update', { ...options, tenant, id, changes }),
    delete: (id, options) => call('memory-delete', { ...options, tenant, id }),
  };
}

function isMany(input: MemoryInput | readonly MemoryInput[]): input is readonly MemoryInput[] {
  return Array.isArray(input);
}
