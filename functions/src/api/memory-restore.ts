/** Brings a version of a memory back. */
import { memoryRestoreRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `memory-restore`: see `MemoryManager` for its errors. */
export const memoryRestore = operation(
  'memory-restore',
  memoryRestoreRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const memories = await openMemories(request.tenant, [space], 'write', call);
    return memories.restore(space, request, call);
  },
);
