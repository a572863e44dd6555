/** Runs several memory operations in one round trip. */
import { memoryBatchRequest } from '../contract/memory.ts';
import { parseRequest } from '../contract/parse.ts';
import type { BatchOperationName, BatchResult, Operations } from '../contract/types.ts';
import { ValidationError } from '../errors.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import { admit } from './admission.ts';
import { toHttpsError } from './https-error.ts';
import { memoryAdd } from './memory-add.ts';
import { memoryDelete } from './memory-delete.ts';
import { memoryGet } from './memory-get.ts';
import { memoryHistory } from './memory-history.ts';
import { memoryList } from './memory-list.ts';
import { memoryRestore } from './memory-restore.ts';
import { memorySearch } from './memory-search.ts';
import { memoryUpdate } from './memory-update.ts';
import type { Caller, Operation } from './operation.ts';

const OPERATIONS: { readonly [O in BatchOperationName]: Operation<`memory-${O}`> } = {
  add: memoryAdd,
  get: memoryGet,
  list: memoryList,
  search: memorySearch,
  update: memoryUpdate,
  delete: memoryDelete,
  history: memoryHistory,
  restore: memoryRestore,
};

/**
 * `memory-batch`: `permission-denied` to all but members. Every operation is admitted, checked and carried out as its own callable would, one after
 * another. It is not a transaction: what succeeded stays.
 */
export const memoryBatch: Operation<'memory-batch'> = {
  schema: memoryBatchRequest,
  async run({ tenant, space, operations }, caller, call) {
    await admit(tenant, [], 'read', call);
    const results: BatchResult[] = [];
    for (const { op, ...request } of operations) {
      const defaults = space === undefined || 'spaces' in request ? { tenant } : { tenant, space };
      results.push(await runOne(op, { ...defaults, ...request }, tenant, caller, call));
    }
    return { results };
  },
};

/** Runs one operation and turns its failure into a result. It may repeat the batch's tenant, not leave it. */
async function runOne<O extends BatchOperationName>(
  op: O,
  request: { readonly tenant: unknown },
  tenant: string,
  caller: Caller,
  call: CallContext,
): Promise<BatchResult> {
  const operation: Operation<`memory-${O}`> = OPERATIONS[op];
  try {
    if (request.tenant !== tenant) throw new ValidationError([{ path: 'tenant', code: 'other_tenant' }]);
    const parsed = parseRequest(operation.schema, request) as Operations[`memory-${O}`]['request'];
    return { ok: true, value: await operation.run(parsed, caller, call) };
  } catch (error) {
    const { code, message, details } = toHttpsError(error, `memory.${op}`);
    const { reason } = details as { reason: string };
    return { ok: false, error: { code, reason, message } };
  }
}
