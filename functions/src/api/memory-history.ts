/** Reads what a memory was. */
import { memoryHistoryRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-history`: see `MemoryManager` for its errors. */
export const memoryHistory = operation(
  'memory-history',
  memoryHistoryRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const memories = await openMemories(request.tenant, [space], 'read', call);
    return memories.history(space, request, call);
  },
);
