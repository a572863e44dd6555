/** Reads a window of a session's turns. */
import { sessionHistoryRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `session-history`: see `MemoryManager` for its errors. */
export const sessionHistory = operation(
  'session-history',
  sessionHistoryRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const memories = await openMemories(request.tenant, [space], 'read', call);
    return memories.turns(space, request, call);
  },
);
