/** What the parts of the conformance suite share. */
import { randomUUID } from 'node:crypto';
import type { MemberRole, Memory, MemoryListRequest } from '../../../functions/src/contract/types.ts';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import type { Body, MemoryManager } from '../../../functions/src/storage/memory-manager.ts';

/** Opens the manager of a tenant; two that are opened on one tenant see the same memories. */
export type MakeManager = (tenantId: string) => MemoryManager;

/** Makes the tenant with an owner `owen`, and these others its members: not the business of a manager. */
export type Enrol = (tenantId: string, members: Readonly<Record<string, MemberRole>>) => Promise<void>;

/** The id of a tenant that nobody else uses. */
export function newTenant(): string {
  return `tenant-${randomUUID()}`;
}

/** When the calls of the suite are made, unless a test lets time pass. Long ago, so that clocks do not matter. */
export const NOW = Date.UTC(2024, 4, 17, 12);

/** A call by a member, some milliseconds after `NOW`. */
export function by(actor: string, after = 0): CallContext {
  return { actor, now: NOW + after };
}

/** The time that is some milliseconds after `NOW`, as it is on the wire. */
export function at(after = 0): string {
  return new Date(NOW + after).toISOString();
}

/** Reads the pages of a list to the end. */
export async function listAll(
  manager: MemoryManager,
  space: string,
  request: Body<MemoryListRequest> = {},
  call = by('ann'),
): Promise<Memory[]> {
  const memories: Memory[] = [];
  let cursor = request.cursor;
  do {
    const page = await manager.list(space, { ...request, ...(cursor !== undefined && { cursor }) }, call);
    memories.push(...page.memories);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return memories;
}
