/** Reads a page of the memories of a space. */
import { memoryListRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-list`: see `MemoryManager` for its errors. */
export const memoryList = operation('memory-list', memoryListRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'read', call);
  return memories.list(space, request, call);
});
