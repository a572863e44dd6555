/** Tenants and members as they are stored. What is not sound counts as absent, so that it gives no rights. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

const storedTenant = z.object({ status: z.string(), cursorSecret: z.string().min(32).optional() });

const storedMember = z.object({
  role: z.enum(['viewer', 'editor', 'admin', 'owner']),
  status: z.string(),
  createdAt: stamp.default(() => new Timestamp(0, 0)),
  updatedAt: stamp.default(() => new Timestamp(0, 0)),
});

/** What is read of a tenant. */
export type StoredTenant = z.infer<typeof storedTenant>;

/** What is read of a member. */
export type StoredMember = z.infer<typeof storedMember>;

/** Reads a tenant; null if there is none. */
export function decodeTenant(snapshot: DocumentSnapshot | undefined): StoredTenant | null {
  return storedTenant.safeParse(snapshot?.data()).data ?? null;
}

/** Reads a member; null if there is none. */
export function decodeMember(snapshot: DocumentSnapshot | undefined): StoredMember | null {
  return storedMember.safeParse(snapshot?.data()).data ?? null;
}
