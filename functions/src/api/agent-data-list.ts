/** Reads a page of the records of agents. */
import { agentDataListRequest } from '../contract/agent-data.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-list`: see `RecordManager` for its errors. */
export const agentDataList = operation(
  'agentData-list',
  agentDataListRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const { agentData } = await openMemories(request.tenant, [space], 'read', call);
    return agentData.list(space, request, call);
  },
);
