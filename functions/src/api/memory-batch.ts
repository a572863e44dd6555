/** Runs several memory operations in one round trip. */
import type * as z from 'zod';
import * as schemas from '../contract/memory.ts';
import { parseRequest } from '../contract/parse.ts';
import type { BatchOperationName, BatchResult, MemoryBatchRequest, Operations } from '../contract/types.ts';
import { permissionDenied, ValidationError } from '../errors.ts';
import { enqueueJob } from '../jobs/queue.ts';
import type { BatchOutcome, BatchStep } from '../storage/memory-manager.ts';
import { openForSpaces } from './admission.ts';
import { toHttpsError } from './https-error.ts';
import type { Caller, Operation } from './operation.ts';

/** What each operation is checked by, and what it needs in its spaces. */
const RULES: {
  readonly [O in BatchOperationName]: readonly [
    need: 'read' | 'write',
    schema: z.ZodType<Operations[`memory-${O}`]['request']>,
  ];
} = {
  add: ['write', schemas.memoryAddRequest],
  get: ['read', schemas.memoryGetRequest],
  list: ['read', schemas.memoryListRequest],
  search: ['read', schemas.memorySearchRequest],
  update: ['write', schemas.memoryUpdateRequest],
  delete: ['write', schemas.memoryDeleteRequest],
  purge: ['write', schemas.memoryPurgeRequest],
  history: ['read', schemas.memoryHistoryRequest],
  restore: ['write', schemas.memoryRestoreRequest],
};

/** An operation that can be carried out, or why not. */
type Asked = { readonly step: BatchStep } | { readonly error: unknown };

/**
 * `memory-batch`: `permission-denied` to all but members. Every operation is checked and admitted as its own
 * callable would, and they are carried out one after another. It is not a transaction: what succeeded stays.
 */
export const memoryBatch: Operation<'memory-batch'> = {
  schema: schemas.memoryBatchRequest,
  async run(request, caller, call) {
    const { tenant } = request;
    const parsed = request.operations.map((one) => parseStep(one, request, caller));
    const spaces = new Set(parsed.flatMap((asked) => ('step' in asked ? asked.step.spaces : [])));
    const { manager, may } = await openForSpaces(tenant, [...spaces], call);
    const asked = parsed.map((one): Asked => {
      if ('error' in one) return one;
      const [need] = RULES[one.step.op];
      return one.step.spaces.every((space) => may(space, need)) ? one : { error: permissionDenied() };
    });
    const steps = asked.flatMap((one) => ('step' in one ? [one.step] : []));
    const outcomes = (await manager.batch(steps, call)).values();
    const results: BatchResult[] = [];
    for (const [place, one] of asked.entries()) {
      const { op } = request.operations[place] ?? { op: 'batch' };
      const outcome = 'error' in one ? { ok: false as const, error: one.error } : outcomes.next().value;
      if (outcome !== undefined) results.push(await toResult(op, tenant, outcome));
    }
    return { results };
  },
};

/** Checks one operation. It may repeat the batch's tenant, not leave it. */
function parseStep(
  { op, ...own }: MemoryBatchRequest['operations'][number],
  { tenant, space }: MemoryBatchRequest,
  caller: Caller,
): Asked {
  const defaults = space === undefined || 'spaces' in own ? { tenant } : { tenant, space };
  const request = { ...defaults, ...own };
  try {
    if (request.tenant !== tenant) throw new ValidationError([{ path: 'tenant', code: 'other_tenant' }]);
    const [, schema] = RULES[op];
    const body = parseRequest<Operations[`memory-${BatchOperationName}`]['request']>(schema, request);
    const named = 'spaces' in body && body.spaces !== undefined ? body.spaces : [];
    const [first = body.space ?? caller.uid, ...others] = named;
    // The schema is that of the operation, which the type of a table cannot say of each of its lines.
    return { step: { op, spaces: [first, ...others], request: body } as BatchStep };
  } catch (error) {
    return { error };
  }
}

/** A purge that goes on as a job is handed to a worker, as its own callable would. */
async function toResult(op: string, tenantId: string, outcome: BatchOutcome): Promise<BatchResult> {
  try {
    if (!outcome.ok) throw outcome.error;
    const { value } = outcome;
    if ('jobId' in value) await enqueueJob({ tenantId, jobId: value.jobId });
    return { ok: true, value };
  } catch (error) {
    const { code, message, details } = toHttpsError(error, `memory.${op}`);
    const { reason } = details as { reason: string };
    return { ok: false, error: { code, reason, message } };
  }
}
