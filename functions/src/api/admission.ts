/** Lets a caller in: reads its standing, decides, and opens the tenant's storage for it. */
import { canMaintainSpace, canUseSpace, isMember, type Standing } from '../core/access.ts';
import { permissionDenied } from '../errors.ts';
import { databaseId } from '../params.ts';
import { embedderFor } from '../search/instance-embedder.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import { openDatabase } from '../storage/database.ts';
import { FirestoreMemoryManager } from '../storage/firestore-memory-manager.ts';
import { JobDirectory } from '../storage/job-directory.ts';
import type { MemoryManager } from '../storage/memory-manager.ts';
import { SpaceDirectory } from '../storage/space-directory.ts';
import type { SpaceManager } from '../storage/space-manager.ts';
import { type Admission, TenantDirectory } from '../storage/tenant-directory.ts';
import { settingsOfDeployment } from './deployment-settings.ts';

/**
 * The directory of a tenant; nothing has been decided about the caller.
 * @throws OperationError (`internal`, reason `invalid-configuration`) if a parameter is out of range
 */
export function directoryOf(tenantId: string): TenantDirectory {
  return new TenantDirectory(openDatabase(databaseId.value()), tenantId, undefined, settingsOfDeployment());
}

/** The spaces of a tenant; nothing has been decided about the caller. */
export function spacesOf(tenantId: string): SpaceManager {
  return new SpaceDirectory(openDatabase(databaseId.value()), tenantId, undefined, settingsOfDeployment());
}

/** The jobs of a tenant; nothing has been decided about the caller. */
export function jobsOf(tenantId: string): JobDirectory {
  return new JobDirectory(openDatabase(databaseId.value()), tenantId, undefined, settingsOfDeployment());
}

/**
 * Lets in a caller who may read or write all of the spaces; a member of the tenant, if there are none.
 * @throws OperationError `permission-denied`, the same for a tenant or space that does not exist
 */
export async function admit(
  tenantId: string,
  spaces: readonly string[],
  need: 'read' | 'write',
  call: CallContext,
): Promise<Admission> {
  const admission = await directoryOf(tenantId).admit(spaces, call);
  const { standing, spaces: facts } = admission;
  if (!isMember(standing) || !facts.every((space) => canUseSpace(standing, space, need))) {
    throw permissionDenied();
  }
  return admission;
}

/**
 * Lets in a caller who may verify, repair and reindex the space.
 * @throws OperationError `permission-denied`, the same for a tenant or space that does not exist
 */
export async function admitMaintainer(
  tenantId: string,
  space: string,
  call: CallContext,
): Promise<Admission> {
  const admission = await directoryOf(tenantId).admit([space], call);
  const { standing, spaces } = admission;
  if (!spaces.every((facts) => canMaintainSpace(standing, facts))) throw permissionDenied();
  return admission;
}

/**
 * Opens what a tenant has stored for a caller who may read or write all of the spaces.
 * @throws OperationError `permission-denied`, the same for a tenant or space that does not exist
 */
export async function openMemories(
  tenantId: string,
  spaces: readonly string[],
  need: 'read' | 'write',
  call: CallContext,
): Promise<MemoryManager> {
  return managerFor(tenantId, await admit(tenantId, spaces, need, call), call);
}

/**
 * Opens a tenant for one of its members, who asks for several spaces in different ways: whether it may is for the
 * caller of this to ask, before each use.
 * @throws OperationError `permission-denied` to all but members
 */
export async function openForSpaces(
  tenantId: string,
  spaces: readonly string[],
  call: CallContext,
): Promise<{ readonly manager: MemoryManager; may(space: string, need: 'read' | 'write'): boolean }> {
  const admission = await directoryOf(tenantId).admit(spaces, call);
  if (!isMember(admission.standing)) throw permissionDenied();
  const facts = new Map(admission.spaces.map((space) => [space.id, space]));
  return {
    manager: managerFor(tenantId, admission, call),
    may: (space, need) => {
      const found = facts.get(space);
      return found !== undefined && canUseSpace(admission.standing, found, need);
    },
  };
}

function managerFor(
  tenantId: string,
  { cursorSecret, settings }: Admission,
  call: CallContext,
): MemoryManager {
  const database = openDatabase(databaseId.value());
  // No member learns by the time that a call takes what another one embedded.
  const embedder = embedderFor(tenantId, call.actor);
  return new FirestoreMemoryManager({ database, tenantId, cursorSecret, embedder, settings });
}

/**
 * Opens the directory of a tenant for one of its members.
 * @throws OperationError `permission-denied` if `may` refuses, the same for a tenant that does not exist
 */
export async function openDirectory(
  tenantId: string,
  may: (standing: Standing) => boolean,
  call: CallContext,
): Promise<{ readonly directory: TenantDirectory; readonly cursorSecret: string }> {
  const directory = directoryOf(tenantId);
  const { standing, cursorSecret } = await directory.admit([], call);
  if (!isMember(standing) || !may(standing)) throw permissionDenied();
  return { directory, cursorSecret };
}
