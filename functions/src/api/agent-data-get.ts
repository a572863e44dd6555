/** Reads one record of an agent. */
import { agentDataGetRequest } from '../contract/agent-data.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-get`: see `RecordManager` for its errors. */
export const agentDataGet = operation('agentData-get', agentDataGetRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const { agentData } = await openMemories(request.tenant, [space], 'read', call);
  return { record: await agentData.get(space, request.id, call) };
});
