/** Grants a member access to a space: the owner of a personal one, admins of a shared one. */
import { spaceGrantRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-grant`: see `SpaceDirectory` for its errors. */
export const spaceGrant = operation('space-grant', spaceGrantRequest, async (request, caller, call) => {
  const { tenant, space = caller.uid, uid, access } = request;
  return { space: await spacesOf(tenant).grant(space, uid, access, call) };
});
