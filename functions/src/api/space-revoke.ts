/** Takes a member's access to a space away: the owner of a personal one, admins of a shared one. */
import { spaceRevokeRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-revoke`: see `SpaceManager` for its errors. */
export const spaceRevoke = operation('space-revoke', spaceRevokeRequest, (request, caller, call) =>
  spacesOf(request.tenant).revoke(request.space ?? caller.uid, request, call),
);
