/** The grants that hang on a membership: those that the member holds, and those in its personal space. */
import type { DocumentSnapshot, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { FieldPath, FieldValue } from 'firebase-admin/firestore';
import type { Transaction } from './database.ts';
import type { TenantPaths } from './paths.ts';

/** Grants that one transaction ends: it writes as many documents, which is far below Firestore's 10 MiB. */
export const MAX_ENDED_GRANTS = 400;

/** The spaces in which the member holds a grant, at most `MAX_ENDED_GRANTS` of them. */
export function grantsOf(paths: TenantPaths, uid: string) {
  return paths.spaces.where(grantField(uid), 'in', ['read', 'write']).limit(MAX_ENDED_GRANTS);
}

/** Ends the grants that were found, and those that the member gave in its own space, if that is personal. */
export function endGrants(
  transaction: Transaction,
  uid: string,
  held: readonly QueryDocumentSnapshot[],
  own: DocumentSnapshot,
): void {
  for (const { ref } of held) transaction.update(ref, grantField(uid), FieldValue.delete());
  if (own.get('kind') === 'personal') transaction.update(own.ref, { grants: {} });
}

function grantField(uid: string): FieldPath {
  return new FieldPath('grants', uid);
}
