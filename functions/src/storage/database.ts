/** The one place where the Admin SDK is set up. Loaded with the first call, not with the process. */
import { getApps, initializeApp } from 'firebase-admin/app';
import { type Firestore, getFirestore } from 'firebase-admin/firestore';
import { installMeter } from './meter.ts';

export {
  type DocumentData,
  type DocumentSnapshot,
  FieldPath,
  FieldValue,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  Timestamp,
  type Transaction,
  type WriteBatch,
} from 'firebase-admin/firestore';

/** Opens a Firestore database of the project that the functions run in; the same one every time. */
export function openDatabase(databaseId: string): Firestore {
  const app = getApps()[0] ?? initializeApp();
  const database = getFirestore(app, databaseId);
  installMeter(database);
  return database;
}
