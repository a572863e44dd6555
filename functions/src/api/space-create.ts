/** Creates a shared space; admins and owners may. */
import { spaceCreateRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-create`: see `SpaceManager` for its errors. */
export const spaceCreate = operation('space-create', spaceCreateRequest, (request, _caller, call) =>
  spacesOf(request.tenant).create(request, call),
);
