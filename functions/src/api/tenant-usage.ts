/** Counts what a tenant has stored; admins and owners may. */
import { tenantUsageRequest } from '../contract/tenant.ts';
import { hasRole } from '../core/access.ts';
import { openDirectory } from './admission.ts';
import { operation } from './operation.ts';

/** `tenant-usage`: `permission-denied` to all but admins and owners; see `TenantDirectory` for the rest. */
export const tenantUsage = operation(
  'tenant-usage',
  tenantUsageRequest,
  async ({ tenant }, _caller, call) => {
    const { directory } = await openDirectory(tenant, (standing) => hasRole(standing, 'admin'), call);
    return directory.usage(call);
  },
);
