/** Changes a memory. */
import { memoryUpdateRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-update`: see `MemoryManager` for its errors. */
export const memoryUpdate = operation('memory-update', memoryUpdateRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'write', call);
  return memories.update(space, request, call);
});
