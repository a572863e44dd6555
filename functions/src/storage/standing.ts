/** What every change of the directory reads first in its transaction, and how the directory refuses. */
import type { Standing } from '../core/access.ts';
import { OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Transaction } from './database.ts';
import { decodeMember, decodeTenant, type StoredMember, type StoredTenant } from './directory-codec.ts';
import type { TenantPaths } from './paths.ts';

/** A standing, with all that is stored of the membership. */
export interface StoredStanding extends Standing {
  readonly tenant: StoredTenant | null;
  readonly member: StoredMember | null;
}

/** The caller's standing, as it is in this transaction. */
export async function readStanding(
  transaction: Transaction,
  paths: TenantPaths,
  call: CallContext,
): Promise<StoredStanding> {
  const [tenant, member] = await transaction.getAll(paths.tenant, paths.member(call.actor));
  return { uid: call.actor, tenant: decodeTenant(tenant), member: decodeMember(member) };
}

/** The error for an id that cannot be given once more. */
export function taken(reason: string, collection: 'tenants' | 'spaces'): OperationError {
  return new OperationError('already-exists', 'This id is taken.', { reason, collection });
}

/** The error for what the tenant does not allow as it is. */
export function precondition(reason: string, collection: 'members' | 'spaces'): OperationError {
  return new OperationError('failed-precondition', 'The tenant does not allow this as it is.', {
    reason,
    collection,
  });
}
