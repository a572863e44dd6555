/** Deletes a record of an agent. */
import { agentDataDeleteRequest } from '../contract/agent-data.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-delete`: see `RecordManager` for its errors. */
export const agentDataDelete = operation(
  'agentData-delete',
  agentDataDeleteRequest,
  async (request, caller, call) => {
    const space = request.space ?? caller.uid;
    const { agentData } = await openMemories(request.tenant, [space], 'write', call);
    return agentData.delete(space, request, call);
  },
);
