/** Deletes the memories that pass a filter, or counts them. */
import { memoryPurgeRequest } from '../contract/memory.ts';
import { enqueueJob } from '../jobs/queue.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-purge`: see `MemoryManager` for its errors, and `enqueueJob`. */
export const memoryPurge = operation('memory-purge', memoryPurgeRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'write', call);
  const answer = await memories.purge(space, request, call);
  if ('jobId' in answer) await enqueueJob({ tenantId: request.tenant, jobId: answer.jobId });
  return answer;
});
