/** Creates a shared space; admins and owners may. */
import { spaceCreateRequest } from '../contract/tenant.ts';
import { directoryOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-create`: see `TenantDirectory` for its errors. */
export const spaceCreate = operation('space-create', spaceCreateRequest, async (request, _caller, call) => ({
  space: await directoryOf(request.tenant).createSpace(request, call),
}));
