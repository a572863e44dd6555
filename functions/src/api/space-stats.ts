/** Counts the memories of a space that the caller may read. */
import { spaceStatsRequest } from '../contract/tenant.ts';
import { openMemories } from './admission.ts';
import { operation } from './operation.ts';

/** `space-stats`: `permission-denied` to whoever may not read the space. */
export const spaceStats = operation('space-stats', spaceStatsRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const { spaces } = await openMemories(request.tenant, [space], 'read', call);
  return spaces.stats(space, call);
});
