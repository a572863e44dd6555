/** Tenants, members and spaces as they are stored. What is not sound counts as absent, so that it gives no rights. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { isId } from '../contract/primitives.ts';
import { tenantSettings } from '../contract/tenant.ts';
import type { SpaceAccess, TenantSettings } from '../contract/types.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

/** What a tenant chose. A setting that is missing or not sound counts as not chosen. */
const storedSettings = z
  .object({
    defaultTtlSeconds: tenantSettings.defaultTtlSeconds.optional().catch(undefined),
    dedupe: tenantSettings.dedupe.optional().catch(undefined),
    retentionDays: tenantSettings.retentionDays.optional().catch(undefined),
    receiptHours: tenantSettings.receiptHours.optional().catch(undefined),
  })
  .catch({}) satisfies z.ZodType<ChosenSettings>;

/** The settings that a tenant chose itself. */
export type ChosenSettings = { [K in keyof TenantSettings]?: TenantSettings[K] | undefined };

const storedTenant = z.object({
  status: z.string(),
  cursorSecret: z.string().min(32).optional(),
  settings: storedSettings,
});

const storedMember = z.object({
  role: z.enum(['viewer', 'editor', 'admin', 'owner']),
  status: z.string(),
  createdAt: stamp.default(() => new Timestamp(0, 0)),
  updatedAt: stamp.default(() => new Timestamp(0, 0)),
});

const storedSpace = z.object({
  kind: z.string(),
  name: z.string().optional(),
  grants: z.record(z.string(), z.unknown()).catch({}).default({}),
  createdAt: stamp.default(() => new Timestamp(0, 0)),
  createdBy: z.string().default(''),
});

/** What is read of a tenant. */
export type StoredTenant = z.infer<typeof storedTenant>;

/** What is read of a member. */
export type StoredMember = z.infer<typeof storedMember>;

/** What holds in a tenant: what it chose, else what the deployment says. */
export function settingsOver(defaults: TenantSettings, chosen: ChosenSettings | undefined): TenantSettings {
  const ttl = chosen?.defaultTtlSeconds;
  return {
    // Null is a choice: never.
    defaultTtlSeconds: ttl === undefined ? defaults.defaultTtlSeconds : ttl,
    dedupe: chosen?.dedupe ?? defaults.dedupe,
    retentionDays: chosen?.retentionDays ?? defaults.retentionDays,
    receiptHours: chosen?.receiptHours ?? defaults.receiptHours,
  };
}

/** Reads a tenant; null if there is none. */
export function decodeTenant(snapshot: DocumentSnapshot | undefined): StoredTenant | null {
  return storedTenant.safeParse(snapshot?.data()).data ?? null;
}

/** Reads a member; null if there is none. */
export function decodeMember(snapshot: DocumentSnapshot | undefined): StoredMember | null {
  return storedMember.safeParse(snapshot?.data()).data ?? null;
}

/** What is read of a space. */
export type StoredSpace = Omit<z.infer<typeof storedSpace>, 'grants'> & {
  readonly grants: ReadonlyMap<string, SpaceAccess>;
};

/** Reads a space; null if there is no document. A grant that is not sound is left out. */
export function decodeSpace(snapshot: DocumentSnapshot | undefined): StoredSpace | null {
  const { data } = storedSpace.safeParse(snapshot?.data());
  if (data === undefined) return null;
  const sound = Object.entries(data.grants).filter((grant): grant is [string, SpaceAccess] => {
    const [uid, access] = grant;
    return isId(uid) && (access === 'read' || access === 'write');
  });
  return { ...data, grants: new Map(sound) };
}
