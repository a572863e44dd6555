/** Who is signed in, for what goes straight to Firestore: a callable carries its token by itself. */
import type { FirebaseApp } from 'firebase/app';
import { FirememoryError } from './errors.ts';

/**
 * The uid of whoever is signed in, once the sign-in that the browser remembers is restored. Auth is loaded
 * only here, so that whoever does not need it does not carry it in the bundle because of us.
 * Rejects with `unauthenticated`.
 */
export async function signedInUid(operation: string, app: FirebaseApp, message: string): Promise<string> {
  const { getAuth } = await import('firebase/auth');
  const auth = getAuth(app);
  await auth.authStateReady();
  if (auth.currentUser !== null) return auth.currentUser.uid;
  throw new FirememoryError('unauthenticated', message, { reason: 'not-signed-in', operation });
}
