/** Request schemas of the `tenant`, `space` and `system` operations. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { LIMITS } from '../config.ts';
import { cursor, id, key, label, pageLimit } from './primitives.ts';
import type * as types from './types.ts';

const keyed = { key: key.exactOptional() };

/** `tenant-create` */
export const tenantCreateRequest = z.strictObject({
  tenant: id,
  ...keyed,
  name: label.exactOptional(),
}) satisfies z.ZodType<types.TenantCreateRequest>;

/** `tenant-setMember` */
export const tenantSetMemberRequest = z.strictObject({
  tenant: id,
  ...keyed,
  uid: id,
  role: z.enum(['owner', 'admin', 'editor', 'viewer']),
}) satisfies z.ZodType<types.TenantSetMemberRequest>;

/** `tenant-removeMember` */
export const tenantRemoveMemberRequest = z.strictObject({
  tenant: id,
  ...keyed,
  uid: id,
}) satisfies z.ZodType<types.TenantRemoveMemberRequest>;

/** A command of an inbox may be run again for 23 hours after it was queued, and has to find its receipt then. */
const LEAST_RECEIPT_HOURS = 24;

/** The settings of a tenant, as they are changed and as they are stored. */
export const tenantSettings = {
  defaultTtlSeconds: z.int().min(1).max(LIMITS.MAX_TTL_SECONDS).nullable(),
  dedupe: z.enum(['exact', 'off']),
  retentionDays: z.int().min(1).max(LIMITS.MAX_RETENTION_DAYS),
  receiptHours: z.int().min(LEAST_RECEIPT_HOURS).max(LIMITS.MAX_RECEIPT_HOURS),
};

/** Makes a setting go back to the deployment's default. */
const byDefault = z.literal('default');

/** `tenant-settings` */
export const tenantSettingsRequest = z.strictObject({
  tenant: id,
  ...keyed,
  changes: z
    .strictObject({
      defaultTtlSeconds: tenantSettings.defaultTtlSeconds.or(byDefault).exactOptional(),
      dedupe: z.enum([...tenantSettings.dedupe.options, 'default']).exactOptional(),
      retentionDays: tenantSettings.retentionDays.or(byDefault).exactOptional(),
      receiptHours: tenantSettings.receiptHours.or(byDefault).exactOptional(),
    })
    .refine((changes) => Object.keys(changes).length > 0, { params: { code: 'too_small' } })
    .exactOptional(),
}) satisfies z.ZodType<types.TenantSettingsRequest>;

/** `tenant-usage` */
export const tenantUsageRequest = z.strictObject({
  tenant: id,
}) satisfies z.ZodType<types.TenantUsageRequest>;

/** `tenant-members` */
export const tenantMembersRequest = z.strictObject({
  tenant: id,
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.TenantMembersRequest>;

/** `space-create` */
export const spaceCreateRequest = z.strictObject({
  tenant: id,
  ...keyed,
  id: id.exactOptional(),
  name: label,
  kind: z.literal('shared'),
}) satisfies z.ZodType<types.SpaceCreateRequest>;

const access = z.enum(['read', 'write']);
const scope = { tenant: id, space: id.exactOptional() };

/** `space-grant` */
export const spaceGrantRequest = z.strictObject({
  ...scope,
  ...keyed,
  uid: id,
  access,
}) satisfies z.ZodType<types.SpaceGrantRequest>;

/** `space-revoke` */
export const spaceRevokeRequest = z.strictObject({
  ...scope,
  ...keyed,
  uid: id,
  access: access.exactOptional(),
}) satisfies z.ZodType<types.SpaceRevokeRequest>;

/** `space-list` */
export const spaceListRequest = z.strictObject({
  tenant: id,
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.SpaceListRequest>;

/** `space-stats` */
export const spaceStatsRequest = z.strictObject(scope) satisfies z.ZodType<types.SpaceStatsRequest>;

/** `space-delete`: the space is named, also the personal one, so that nobody empties it by leaving it out. */
export const spaceDeleteRequest = z.strictObject({
  tenant: id,
  space: id,
  ...keyed,
}) satisfies z.ZodType<types.SpaceDeleteRequest>;

/** `system-health`; `null` is what a client SDK sends when it is called without data. */
export const systemHealthRequest = z.union([z.strictObject({}), z.null()]);
