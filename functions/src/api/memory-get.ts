/** Reads one memory. */
import { memoryGetRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-get`: see `MemoryManager` for its errors. */
export const memoryGet = operation('memory-get', memoryGetRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'read', call);
  return { memory: await memories.get(space, request.id, call) };
});
