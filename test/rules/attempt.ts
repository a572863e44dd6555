/** The ways in which a client can try to reach a document or a collection, and what came of it. */
import {
  addDoc,
  collection,
  collectionGroup,
  deleteDoc,
  doc,
  type Firestore,
  getCountFromServer,
  getDocFromServer,
  getDocsFromServer,
  onSnapshot,
  type Query,
  query,
  updateDoc,
  where,
} from 'firebase/firestore';

/** What came of an attempt. A denial keeps what the client was told. */
export type Outcome = { allowed: true } | { allowed: false; code: string; message: string };

/** Waits for an attempt. Any failure but a denial is thrown: it says nothing about the rules. */
export async function outcomeOf(attempt: Promise<unknown>): Promise<Outcome> {
  try {
    await attempt;
    return { allowed: true };
  } catch (error) {
    if (!isDenial(error)) throw error;
    return { allowed: false, code: error.code, message: error.message };
  }
}

/** True iff the rules refused; asked by shape, since the SDK's error class depends on how it was loaded. */
function isDenial(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && error.code === 'permission-denied';
}

/** An attempt on the document at `path`. */
export type DocumentOperation = 'get' | 'watch' | 'update' | 'delete';

/** Attempts on one document; `watch` is a live query of it. */
export const documentAttempts: {
  readonly [operation in DocumentOperation]: (db: Firestore, path: string) => Promise<unknown>;
} = {
  get: (db, path) => getDocFromServer(doc(db, path)),
  watch: (db, path) =>
    new Promise<void>((resolve, reject) => {
      const stop = onSnapshot(
        doc(db, path),
        { includeMetadataChanges: true },
        ({ metadata }) => {
          if (metadata.fromCache) return;
          resolve();
          stop();
        },
        reject,
      );
    }),
  update: (db, path) => updateDoc(doc(db, path), { touched: true }),
  delete: (db, path) => deleteDoc(doc(db, path)),
};

/** An attempt on a query. */
export type QueryOperation = 'list' | 'count' | 'live';

/** Attempts on a query. */
export const queryAttempts: {
  readonly [operation in QueryOperation]: (source: Query) => Promise<unknown>;
} = {
  list: (source) => getDocsFromServer(source),
  count: (source) => getCountFromServer(source),
  live: (source) =>
    new Promise<void>((resolve, reject) => {
      const stop = onSnapshot(
        source,
        { includeMetadataChanges: true },
        ({ metadata }) => {
          // The first snapshot may be the client's cache, which no rule has seen.
          if (metadata.fromCache) return;
          resolve();
          stop();
        },
        reject,
      );
    }),
};

/** Tries to add a document to a collection. */
export function create(db: Firestore, path: string): Promise<unknown> {
  return addDoc(collection(db, path), { role: 'owner', status: 'active', kind: 'shared', text: 'forged' });
}

/** The documents of a collection, narrowed to `[field, value]` if given. */
export function queryOf(db: Firestore, path: string, equal?: readonly [string, string]): Query {
  const all = collection(db, path);
  return equal === undefined ? all : query(all, where(equal[0], '==', equal[1]));
}

/** The documents of every collection of that name, whatever tenant it belongs to. */
export function groupOf(db: Firestore, name: string): Query {
  return collectionGroup(db, name);
}
