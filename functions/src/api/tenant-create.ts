/** Creates a tenant with the caller as its owner, where the deployment lets the caller. */
import { tenantCreateRequest } from '../contract/tenant.ts';
import { permissionDenied } from '../errors.ts';
import { tenantCreation } from '../params.ts';
import { directoryOf } from './admission.ts';
import { type Caller, operation } from './operation.ts';

/** `tenant-create`: `permission-denied` unless the deployment allows it; `already-exists`. */
export const tenantCreate = operation('tenant-create', tenantCreateRequest, async (request, caller, call) => {
  if (!mayCreate(caller, tenantCreation.value())) throw permissionDenied();
  return directoryOf(request.tenant).create(request, call);
});

/** True iff the policy lets the caller create tenants. A policy that is not known lets nobody. */
function mayCreate(caller: Caller, policy: string): boolean {
  if (policy === 'signed-in') return true;
  return policy === 'operators' && caller.claims.firememory === 'operator';
}
