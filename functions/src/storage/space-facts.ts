/** What authorization needs to know of spaces, from their documents and, where it matters, their owners. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { dependsOnOwner, type SpaceFacts } from '../core/access.ts';
import type { Firestore } from './database.ts';
import { decodeMember, decodeSpace } from './directory-codec.ts';
import type { TenantPaths } from './paths.ts';

/**
 * The facts of the spaces, in their order, as far as they concern one member. Reads the owners of personal
 * spaces that were granted to it, and nothing if there is none.
 */
export async function spaceFacts(
  database: Firestore,
  paths: TenantPaths,
  spaces: readonly DocumentSnapshot[],
  uid: string,
): Promise<SpaceFacts[]> {
  const facts = spaces.map((snapshot) => {
    const space = decodeSpace(snapshot);
    return { id: snapshot.id, kind: space?.kind ?? null, grant: space?.grants.get(uid) ?? null };
  });
  const owned = facts.filter(dependsOnOwner).map(({ id }) => paths.member(id));
  const owners = owned.length === 0 ? [] : await database.getAll(...owned);
  const active = new Set(
    owners.filter((owner) => decodeMember(owner)?.status === 'active').map(({ id }) => id),
  );
  return facts.map((space) => ({ ...space, ownerIsActive: active.has(space.id) }));
}
