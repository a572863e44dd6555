/** Reads a page of the spaces that the caller may use. */
import { spaceListRequest } from '../contract/tenant.ts';
import { admit, spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-list`: `permission-denied` to all but members; `invalid-argument` for a cursor. */
export const spaceList = operation('space-list', spaceListRequest, async (request, _caller, call) => {
  const admission = await admit(request.tenant, [], 'read', call);
  return spacesOf(request.tenant).list(request, admission, call);
});
