/** Where the emulators are, by the environment that `npm test` and `npm run with-emulators` set. */

/** The project that the functions run in. */
export const PROJECT = process.env.GCLOUD_PROJECT ?? 'demo-firememory';

/** The region of functions that name none. */
export const REGION = 'us-central1';

/** Emulators that have an environment variable for their address. */
export type EmulatorVariable =
  | 'FUNCTIONS_EMULATOR_HOST'
  | 'FIREBASE_AUTH_EMULATOR_HOST'
  | 'FIRESTORE_EMULATOR_HOST'
  | 'FIREBASE_EMULATOR_HUB';

/** The `host:port` of an emulator. Throws where it is not set: the tests never guess a port. */
export function emulatorHost(variable: EmulatorVariable): string {
  const address = process.env[variable];
  if (address === undefined) throw new Error(`${variable} is not set: run with the emulators.`);
  return address;
}

/** The same in two parts, as the client SDKs take it. */
export function emulatorAddress(variable: EmulatorVariable): [host: string, port: number] {
  const { hostname, port } = new URL(`http://${emulatorHost(variable)}`);
  return [hostname, Number(port)];
}
