/** Reads a page of the members of a tenant; admins and owners may. */
import { tenantMembersRequest } from '../contract/tenant.ts';
import { hasRole } from '../core/access.ts';
import { openDirectory } from './admission.ts';
import { operation } from './operation.ts';

/** `tenant-members`: `permission-denied` to all but admins and owners; `invalid-argument` for a cursor. */
export const tenantMembers = operation(
  'tenant-members',
  tenantMembersRequest,
  async (request, _caller, call) => {
    const may = (standing: Parameters<typeof hasRole>[0]) => hasRole(standing, 'admin');
    const { directory, cursorSecret } = await openDirectory(request.tenant, may, call);
    return directory.members(request, cursorSecret, call);
  },
);
