/** Appends turns to a session. */
import { sessionAppendRequest } from '../contract/memory.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `session-append`: see `MemoryManager` for its errors. */
export const sessionAppend = operation(
  'session-append',
  sessionAppendRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const memories = await openMemories(request.tenant, [space], 'write', call);
    return memories.append(space, request, call);
  },
);
