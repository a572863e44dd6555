/**
 * The one builder of Firestore paths. An id is a path segment that is checked here once more, so that no
 * caller can reach another collection or tenant by a crafted id; ids are never joined into prefixes.
 */
import type { DocumentReference, Query } from 'firebase-admin/firestore';
import { COLLECTIONS, type CollectionKind } from '../config.ts';
import { isId } from '../contract/primitives.ts';
import { OperationError } from '../errors.ts';
import { FieldPath, type Firestore } from './database.ts';

/** Documents and collections of one tenant. */
export type TenantPaths = ReturnType<typeof tenantPaths>;

/** Documents and collections of one space. */
export type SpacePaths = ReturnType<TenantPaths['space']>;

/**
 * The paths of a tenant.
 * @throws OperationError (`internal`) if an id is not one: requests are checked long before
 */
export function tenantPaths(database: Firestore, tenantId: string) {
  const tenant = database.collection(COLLECTIONS.tenants).doc(segment(tenantId));
  const members = tenant.collection(COLLECTIONS.members);
  const spaces = tenant.collection(COLLECTIONS.spaces);
  const jobs = tenant.collection(COLLECTIONS.jobs);
  return {
    tenantId,
    tenant,
    members,
    member: (uid: string) => members.doc(segment(uid)),
    jobs,
    job: (jobId: string) => jobs.doc(segment(jobId)),
    spaces,
    space: (spaceId: string) => {
      const space = spaces.doc(segment(spaceId));
      const memories = space.collection(COLLECTIONS.memories);
      const index = space.collection(COLLECTIONS.index);
      const agentData = space.collection(COLLECTIONS.agentData);
      const sessions = space.collection(COLLECTIONS.sessions);
      const claims = space.collection(COLLECTIONS.claims);
      const inbox = space.collection(COLLECTIONS.inbox);
      const deadLetters = space.collection(COLLECTIONS.deadLetters);
      const revisions = (memoryId: string) =>
        memories.doc(segment(memoryId)).collection(COLLECTIONS.revisions);
      return {
        tenantId,
        spaceId,
        space,
        memories,
        memory: (memoryId: string) => memories.doc(segment(memoryId)),
        revisions,
        /** The revisions of all memories of the space, also of those that are gone. */
        everyRevision: () =>
          database
            .collectionGroup(COLLECTIONS.revisions)
            .orderBy(FieldPath.documentId())
            .startAt(space.path)
            .endBefore(`${space.path}${BELOW_EVERY_ID}`),
        revision: (memoryId: string, version: number) => revisions(memoryId).doc(String(version)),
        index,
        entry: (memoryId: string) => index.doc(segment(memoryId)),
        stats: space.collection(COLLECTIONS.stats),
        /** The one document of how often words occur. */
        words: space.collection(COLLECTIONS.frequencies).doc('words'),
        sessions,
        session: (sessionId: string) => sessions.doc(segment(sessionId)),
        agentData,
        record: (recordId: string) => agentData.doc(segment(recordId)),
        inbox,
        command: (commandId: string) => inbox.doc(segment(commandId)),
        deadLetters,
        deadLetter: (memoryId: string) => deadLetters.doc(segment(memoryId)),
        claims,
        claim: (contentHash: string) => claims.doc(digestSegment(contentHash)),
        receipt: (digest: string) => space.collection(COLLECTIONS.receipts).doc(digestSegment(digest)),
      };
    },
  };
}

/** What the deployment as a whole keeps of its own work: no tenant's data, and for the server alone. */
export function operationsPaths(database: Firestore) {
  const operations = database.collection(COLLECTIONS.operations);
  return { verification: operations.doc('verification'), lag: operations.doc('lag') };
}

/** All collections of one kind, of every space and tenant: for what serves them all alike. */
export function everywhere(database: Firestore, kind: CollectionKind): Query {
  return database.collectionGroup(COLLECTIONS[kind]);
}

/** A path that comes after those of all documents of the same collection, and before those of the next one. */
export function afterItsCollection({ parent }: Pick<DocumentReference, 'parent'>): string {
  return `${parent.path}/${ABOVE_EVERY_ID}`;
}

/** The last character that there is. */
const ABOVE_EVERY_ID = '\u{10ffff}';

/**
 * The ids along the path of a document, if its collections are exactly these from the root on and all ids
 * are such; else null. A collection group also brings what other applications store under the same name.
 */
export function idsAlong(
  { path }: Pick<DocumentReference, 'path'>,
  kinds: readonly CollectionKind[],
): string[] | null {
  const segments = path.split('/');
  const ids = segments.filter((_, place) => place % 2 === 1);
  const names = segments.filter((_, place) => place % 2 === 0);
  const fits = names.length === kinds.length && kinds.every((kind, n) => COLLECTIONS[kind] === names[n]);
  return fits && ids.length === kinds.length && ids.every(isId) ? ids : null;
}

/**
 * A character that comes before each one that an id may have: what it is appended to comes after all that is
 * below a document, and before the next document, since Firestore compares paths segment by segment.
 */
const BELOW_EVERY_ID = '!';

/** One digest in millions begins and ends with `__`, which Firestore reserves: the letter prevents it. */
function digestSegment(digest: string): string {
  return segment(`d${digest}`);
}

function segment(id: string): string {
  if (isId(id)) return id;
  throw new OperationError('internal', 'An internal id is invalid.', { reason: 'invalid-id' });
}
