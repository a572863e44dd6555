/** The `memory` operations. Every method resolves to the response of the wire contract. */
import type {
  BatchOperation,
  MemoryAddResponse,
  MemoryBatchResponse,
  MemoryChanges,
  MemoryDeleteResponse,
  MemoryGetResponse,
  MemoryHistoryResponse,
  MemoryInput,
  MemoryListResponse,
  MemoryPurgeRequest,
  MemoryPurgeResponse,
  MemoryRestoreResponse,
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
  /**
   * Counts the memories that pass the filter, and deletes them with `dryRun: false`. `{ all: true }` is every
   * memory. Resolves to `{ jobId }` where there are too many for one call: see `job.get`.
   */
  purge(
    filter: MemoryPurgeRequest['filter'],
    options?: RequestOptions<'memory-purge', 'filter'>,
  ): Promise<MemoryPurgeResponse>;
  /** Reads what a memory was, newest first, also of a deleted one. */
  history(id: string, options?: RequestOptions<'memory-history', 'id'>): Promise<MemoryHistoryResponse>;
  /** Brings a version back as a new one, also of a deleted memory. */
  restore(
    id: string,
    version: number,
    options?: RequestOptions<'memory-restore', 'id' | 'version'>,
  ): Promise<MemoryRestoreResponse>;
  /** Runs up to 25 operations one after another; each succeeds or fails for itself. */
  batch(
    operations: readonly BatchOperation[],
    options?: RequestOptions<'memory-batch', 'operations'>,
  ): Promise<MemoryBatchResponse>;
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
    purge: (filter, options) => call('memory-purge', { ...options, tenant, filter }),
    history: (id, options) => call('memory-history', { ...options, tenant, id }),
    restore: (id, version, options) => call('memory-restore', { ...options, tenant, id, version }),
    batch: (operations, options) => call('memory-batch', { ...options, tenant, operations }),
  };
}

function isMany(input: MemoryInput | readonly MemoryInput[]): input is readonly MemoryInput[] {
  return Array.isArray(input);
}
