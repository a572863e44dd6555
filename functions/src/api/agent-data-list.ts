/** Reads a page of the records of agents. */
import { agentDataListRequest } from '../contract/agent-data.ts';
import { openAgentData } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-list`: see `AgentDataManager` for its errors. */
export const agentDataList = operation(
  'agentData-list',
  agentDataListRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const records = await openAgentData(request.tenant, space, 'read', call);
    return records.list(space, request, call);
  },
);
