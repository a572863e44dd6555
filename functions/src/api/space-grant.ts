/** Grants a member access to a space: the owner of a personal one, admins of a shared one. */
import { spaceGrantRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-grant`: see `SpaceManager` for its errors. */
export const spaceGrant = operation('space-grant', spaceGrantRequest, (request, caller, call) =>
  spacesOf(request.tenant).grant(request.space ?? caller.uid, request, call),
);
