/** Stores a record of an agent. */
import { agentDataAddRequest } from '../contract/agent-data.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `agentData-add`: see `RecordManager` for its errors. */
export const agentDataAdd = operation('agentData-add', agentDataAddRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const { agentData } = await openMemories(request.tenant, [space], 'write', call);
  return agentData.add(space, request, call);
});
