/** Creates a shared space; admins and owners may. */
import { spaceCreateRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-create`: see `SpaceDirectory` for its errors. */
export const spaceCreate = operation('space-create', spaceCreateRequest, async (request, _caller, call) => ({
  space: await spacesOf(request.tenant).create(request, call),
}));
