/** Takes a member's access to a space away: the owner of a personal one, admins of a shared one. */
import { spaceRevokeRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-revoke`: see `SpaceDirectory` for its errors. */
export const spaceRevoke = operation('space-revoke', spaceRevokeRequest, async (request, caller, call) => {
  const { tenant, space = caller.uid, uid, access } = request;
  return { space: await spacesOf(tenant).revoke(space, uid, access, call) };
});
