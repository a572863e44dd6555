/** Finds the memories that answer a query best. */
import { memorySearchRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-search`: see `MemoryManager` for its errors. */
export const memorySearch = operation('memory-search', memorySearchRequest, async (request, caller, call) => {
  const spaces = request.spaces ?? [request.space ?? caller.uid];
  const memories = await openMemories(request.tenant, spaces, 'read', call);
  return memories.search(spaces, request, call);
});
