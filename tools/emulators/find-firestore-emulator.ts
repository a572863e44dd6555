import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine.ts';

/** Where the component `cloud-firestore-emulator` lies in a Google Cloud CLI. */
const JAR_IN_CLOUD_CLI = 'platform/cloud-firestore-emulator/cloud-firestore-emulator.jar';

/** A Firestore emulator on this machine. */
export interface FirestoreEmulator {
  /**
   * `given`: named by FIRESTORE_EMULATOR_BINARY_PATH, perhaps wrongly. `cached`: downloaded by firebase-tools.
   * `cloud-cli`: a jar without a Main-Class, which needs a wrapper before `java -jar` takes it.
   */
  readonly kind: 'given' | 'cached' | 'cloud-cli';
  readonly jar: string;
}

/** Finds a Firestore emulator that needs no download, in the order of the kinds. */
export function findFirestoreEmulator(machine: Machine): FirestoreEmulator | undefined {
  const given = machine.env.FIRESTORE_EMULATOR_BINARY_PATH;
  if (given) return { kind: 'given', jar: given };
  const cached = newestCachedJar(machine);
  if (cached) return { kind: 'cached', jar: cached };
  const jar = cloudCliRoots(machine)
    .map((root) => path.join(root, JAR_IN_CLOUD_CLI))
    .find(existsSync);
  return jar ? { kind: 'cloud-cli', jar } : undefined;
}

/** The directory that firebase-tools downloads emulators to. */
export function emulatorCacheDir({ env, home }: Machine): string {
  return env.FIREBASE_EMULATORS_PATH || path.join(home, '.cache/firebase/emulators');
}

function newestCachedJar(machine: Machine): string | undefined {
  const dir = emulatorCacheDir(machine);
  if (!existsSync(dir)) return undefined;
  const jars = readdirSync(dir).filter((name) => /^cloud-firestore-emulator-v[\d.]+\.jar$/.test(name));
  const newest = jars.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  return newest && path.join(dir, newest);
}

function cloudCliRoots({ root, home, env }: Machine): string[] {
  const gcloud = (env.PATH ?? '')
    .split(path.delimiter)
    .map((dir) => path.join(dir, 'gcloud'))
    .find(existsSync);
  const places = [
    'usr/lib/google-cloud-sdk',
    'usr/share/google-cloud-sdk',
    'opt/google-cloud-sdk',
    'usr/local/google-cloud-sdk',
    'snap/google-cloud-cli/current',
    'snap/google-cloud-sdk/current',
    'opt/homebrew/share/google-cloud-sdk',
    'usr/local/share/google-cloud-sdk',
  ];
  return [
    ...(env.CLOUDSDK_ROOT_DIR ? [env.CLOUDSDK_ROOT_DIR] : []),
    ...(gcloud ? [path.dirname(path.dirname(realpathSync(gcloud)))] : []),
    ...places.map((place) => path.join(root, place)),
    path.join(home, 'google-cloud-sdk'),
    ...(env.LOCALAPPDATA ? [path.join(env.LOCALAPPDATA, 'Google/Cloud SDK/google-cloud-sdk')] : []),
  ];
}
