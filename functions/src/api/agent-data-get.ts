/** Reads one record of an agent. */
import { agentDataGetRequest } from '../contract/agent-data.ts';
import { openAgentData } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-get`: see `AgentDataManager` for its errors. */
export const agentDataGet = operation('agentData-get', agentDataGetRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const records = await openAgentData(request.tenant, space, 'read', call);
  return { record: await records.get(space, request.id, call) };
});
