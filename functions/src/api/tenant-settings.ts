/** Reads the settings of a tenant, and changes them for admins and owners. */
import { tenantSettingsRequest } from '../contract/tenant.ts';
import { directoryOf } from './admission.ts';
import { operation } from './operation.ts';

/** `tenant-settings`: see `TenantDirectory` for its errors. */
export const tenantSettings = operation('tenant-settings', tenantSettingsRequest, (request, _caller, call) =>
  directoryOf(request.tenant).settings(request, call),
);
