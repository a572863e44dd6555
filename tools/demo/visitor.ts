/** A signed-in user of the emulators, with the client of any tenant that it asks for. */
import { deleteApp, initializeApp } from 'firebase/app';
import { connectAuthEmulator, createUserWithEmailAndPassword, getAuth } from 'firebase/auth';
import { connectFirestoreEmulator, getFirestore } from 'firebase/firestore';
import { connectFunctionsEmulator, getFunctions } from 'firebase/functions';
import { createFirememory, type Firememory } from '../../client/src/index.ts';

/** Where the emulators are, each as `host:port`. */
export interface Emulators {
  readonly functionsHost: string;
  readonly authHost: string;
  readonly firestoreHost: string;
  readonly project: string;
}

/** Somebody who uses Firememory. */
export interface Visitor {
  readonly name: string;
  readonly uid: string;
  /** The client of a tenant, acting as this user, whether or not the user is a member of it. */
  open(tenant: string): Firememory;
  /** Ends the connections. */
  leave(): Promise<void>;
}

/** Signs a new user in, as an app of its own. Throws what the Firebase SDK throws. */
export async function signIn(name: string, emulators: Emulators): Promise<Visitor> {
  const mark = crypto.randomUUID();
  const app = initializeApp({ projectId: emulators.project, apiKey: 'emulator' }, `${name}-${mark}`);
  try {
    const auth = getAuth(app);
    connectAuthEmulator(auth, `http://${emulators.authHost}`, { disableWarnings: true });
    const functions = getFunctions(app);
    connectFunctionsEmulator(functions, ...hostAndPort(emulators.functionsHost));
    const firestore = getFirestore(app);
    connectFirestoreEmulator(firestore, ...hostAndPort(emulators.firestoreHost));
    const email = `${name.toLowerCase()}-${mark}@example.test`;
    const { user } = await createUserWithEmailAndPassword(auth, email, crypto.randomUUID());
    return {
      name,
      uid: user.uid,
      open: (tenant) => createFirememory({ functions, firestore, tenant }),
      leave: () => deleteApp(app),
    };
  } catch (error) {
    await deleteApp(app);
    throw error;
  }
}

function hostAndPort(address: string): [host: string, port: number] {
  const { hostname, port } = new URL(`http://${address}`);
  if (port === '') throw new Error(`An emulator's address must be host:port, but is "${address}".`);
  return [hostname, Number(port)];
}
