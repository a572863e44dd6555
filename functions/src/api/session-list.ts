/** Lists the sessions of a space. */
import { sessionListRequest } from '../contract/session.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `session-list`: see `MemoryManager` for its errors. */
export const sessionList = operation('session-list', sessionListRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const memories = await openMemories(request.tenant, [space], 'read', call);
  return memories.sessions(space, request, call);
});
