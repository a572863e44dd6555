/** Deletes a record of an agent. */
import { agentDataDeleteRequest } from '../contract/agent-data.ts';
import { openAgentData } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-delete`: see `AgentDataManager` for its errors. */
export const agentDataDelete = operation(
  'agentData-delete',
  agentDataDeleteRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const records = await openAgentData(request.tenant, space, 'write', call);
    return records.delete(space, request, call);
  },
);
