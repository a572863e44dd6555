/** Deletes a session. */
import { sessionDeleteRequest } from '../contract/session.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `session-delete`: see `MemoryManager` for its errors. */
export const sessionDelete = operation(
  'session-delete',
  sessionDeleteRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const memories = await openMemories(request.tenant, [space], 'write', call);
    return memories.deleteSession(space, request, call);
  },
);
