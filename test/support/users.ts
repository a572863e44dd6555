/** People who are signed in at the auth emulator, each with an app, a token and clients of their own. */
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, getAuth, signInAnonymously } from 'firebase/auth';
import { connectFirestoreEmulator, type Firestore, getFirestore } from 'firebase/firestore';
import { connectFunctionsEmulator, getFunctions } from 'firebase/functions';
import { createFirememory, type Firememory } from '../../client/src/index.ts';
import { emulatorAddress, emulatorHost, PROJECT } from './emulators.ts';

/** Somebody who is signed in. */
export interface User {
  readonly uid: string;
  /** The token of the sign-in, for calls by hand; it holds for an hour. */
  readonly token: string;
  /** The Firestore of all clients of this user. */
  readonly firestore: Firestore;
  /** The client of a tenant, acting as this user, member or not. */
  open(tenant: string): Firememory;
}

const apps: FirebaseApp[] = [];

/** Ends the connections of everyone, after the last test of all files, so that the process can end. */
after(async () => {
  await Promise.all(apps.splice(0).map((app) => deleteApp(app)));
});

/** Signs a new user in. */
export async function signUp(): Promise<User> {
  const app = initializeApp({ projectId: PROJECT, apiKey: 'emulator' }, crypto.randomUUID());
  apps.push(app);
  const auth = getAuth(app);
  connectAuthEmulator(auth, `http://${emulatorHost('FIREBASE_AUTH_EMULATOR_HOST')}`, {
    disableWarnings: true,
  });
  const functions = getFunctions(app);
  connectFunctionsEmulator(functions, ...emulatorAddress('FUNCTIONS_EMULATOR_HOST'));
  const firestore = getFirestore(app);
  connectFirestoreEmulator(firestore, ...emulatorAddress('FIRESTORE_EMULATOR_HOST'));
  const { user } = await signInAnonymously(auth);
  return {
    uid: user.uid,
    token: await user.getIdToken(),
    firestore,
    open: (tenant) => createFirememory({ functions, firestore, tenant }),
  };
}
