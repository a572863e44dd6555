/** Makes the text of a prompt out of a session and what is relevant to it. */
import { sessionContextRequest } from '../contract/session.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `session-context`: see `MemoryManager` for its errors. */
export const sessionContext = operation(
  'session-context',
  sessionContextRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const memories = await openMemories(request.tenant, [space], 'read', call);
    return memories.context(space, request, call);
  },
);
