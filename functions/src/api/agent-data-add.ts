/** Stores a record of an agent. */
import { agentDataAddRequest } from '../contract/agent-data.ts';
import { openAgentData } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-add`: see `AgentDataManager` for its errors. */
export const agentDataAdd = operation('agentData-add', agentDataAddRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const records = await openAgentData(request.tenant, space, 'write', call);
  return records.add(space, request, call);
});
