/** Makes someone a member of a tenant, or changes a member's role. */
import { tenantSetMemberRequest } from '../contract/tenant.ts';
import { directoryOf } from './admission.ts';
import { operation } from './operation.ts';

/** `tenant-setMember`: see `TenantDirectory` for its errors. */
export const tenantSetMember = operation(
  'tenant-setMember',
  tenantSetMemberRequest,
  (request, _caller, call) => directoryOf(request.tenant).setMember(request, call),
);
