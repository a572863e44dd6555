/** Request schemas of the `tenant`, `space` and `system` operations. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { cursor, id, label, pageLimit } from './primitives.ts';
import type * as types from './types.ts';

/** `tenant-create` */
export const tenantCreateRequest = z.strictObject({
  tenant: id,
  name: label.exactOptional(),
}) satisfies z.ZodType<types.TenantCreateRequest>;

/** `tenant-setMember` */
export const tenantSetMemberRequest = z.strictObject({
  tenant: id,
  uid: id,
  role: z.enum(['owner', 'admin', 'editor', 'viewer']),
}) satisfies z.ZodType<types.TenantSetMemberRequest>;

/** `tenant-members` */
export const tenantMembersRequest = z.strictObject({
  tenant: id,
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.TenantMembersRequest>;

/** `space-create` */
export const spaceCreateRequest = z.strictObject({
  tenant: id,
  id: id.exactOptional(),
  name: label,
  kind: z.literal('shared'),
}) satisfies z.ZodType<types.SpaceCreateRequest>;

/** `system-health`; `null` is what a client SDK sends when it is called without data. */
export const systemHealthRequest = z.union([z.strictObject({}), z.null()]);
