/** Counts the memories of a space that the caller may read. */
import { spaceStatsRequest } from '../contract/tenant.ts';
import { admit, spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-stats`: `permission-denied` to whoever may not read the space. */
export const spaceStats = operation('space-stats', spaceStatsRequest, async (request, caller, call) => {
  const { tenant, space = caller.uid } = request;
  await admit(tenant, [space], 'read', call);
  return spacesOf(tenant).stats(space, call);
});
