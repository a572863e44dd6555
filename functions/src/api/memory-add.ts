/** Stores memories in a space. */
import { memoryAddRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-add`: see `MemoryManager` for its errors. */
export const memoryAdd = operation('memory-add', memoryAddRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'write', call);
  return memories.add(space, request, call);
});
