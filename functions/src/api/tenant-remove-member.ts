/** Ends a membership; the document of the member is kept. */
import { tenantRemoveMemberRequest } from '../contract/tenant.ts';
import { directoryOf } from './admission.ts';
import { operation } from './operation.ts';

/** `tenant-removeMember`: see `TenantDirectory` for its errors. */
export const tenantRemoveMember = operation(
  'tenant-removeMember',
  tenantRemoveMemberRequest,
  (request, _caller, call) => directoryOf(request.tenant).removeMember(request, call),
);
