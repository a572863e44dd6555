/** Deletes a memory. */
import { memoryDeleteRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-delete`: see `MemoryManager` for its errors. */
export const memoryDelete = operation('memory-delete', memoryDeleteRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'write', call);
  return memories.delete(space, request, call);
});
