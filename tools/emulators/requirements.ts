import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { step } from '../progress.mjs';
import { CACHE_DIR, ROOT } from '../project.ts';
import {
  emulatorCacheDir,
  type FirestoreEmulator,
  findFirestoreEmulator,
} from './find-firestore-emulator.ts';
import { findJava, type JavaSearch, MIN_JAVA_MAJOR } from './find-java.ts';
import { type Machine, thisMachine } from './machine.ts';
import { writeManifestJar } from './manifest-jar.ts';

/** The firebase-tools of this repository, run by this node. */
export const FIREBASE_CLI = path.join(ROOT, 'node_modules/firebase-tools/lib/bin/firebase.js');

/** What the suite needs and npm cannot install. */
export interface Requirements {
  readonly javaHome: string;
  /** A jar that `java -jar` runs. */
  readonly firestoreJar: string;
}

/**
 * Finds a JDK and a Firestore emulator, downloading the latter if there is none.
 *
 * @throws Error whose one message names all that is missing and the commands which mend it
 */
export async function findRequirements(machine: Machine = thisMachine()): Promise<Requirements> {
  const java = findJava(machine);
  let emulator = findFirestoreEmulator(machine);
  let downloadError: string | undefined;
  if (!emulator) {
    downloadError = await step('Downloading the Firestore emulator (once per machine)', downloadEmulator);
    emulator = findFirestoreEmulator(machine);
  }
  const message = missingMessage(java, emulator, emulatorCacheDir(machine), downloadError);
  if (!java.java || !emulator || message) throw new Error(message);
  return { javaHome: java.java.home, firestoreJar: runnableJar(emulator) };
}

/** What is missing and how to mend it; undefined when nothing is. */
export function missingMessage(
  { java, tooOld }: JavaSearch,
  emulator: FirestoreEmulator | undefined,
  cacheDir: string,
  downloadError = '',
): string | undefined {
  const missing: string[] = [];
  if (!java) {
    const found = tooOld.map(({ home, major }) => `${major} in ${home}`).join(', ');
    missing.push(
      `a JDK, version ${MIN_JAVA_MAJOR} or later (found: ${found || 'none'})`,
      '    Debian, Ubuntu:  sudo apt-get install openjdk-21-jdk-headless',
      '    macOS:           brew install --cask temurin@21',
      '    anything else:   https://adoptium.net, then set JAVA_HOME to it',
    );
  }
  if (emulator?.kind === 'given' && !existsSync(emulator.jar)) {
    missing.push(
      `the Firestore emulator: FIRESTORE_EMULATOR_BINARY_PATH names ${emulator.jar}, which is not there`,
    );
  } else if (!emulator) {
    missing.push(
      `the Firestore emulator: neither in ${cacheDir} nor in a Google Cloud CLI, and not to be downloaded now`,
      '    with a network:  npx firebase setup:emulators:firestore',
      '    or:              gcloud components install cloud-firestore-emulator',
      '    or:              sudo apt-get install google-cloud-cli-firestore-emulator',
      ...(downloadError ? [`    the download said: ${downloadError}`] : []),
    );
  }
  if (missing.length === 0) return undefined;
  const lines = missing.map((line) => (line.startsWith(' ') ? line : `  - ${line}`));
  return ['The emulators cannot start. Missing on this machine:', ...lines].join('\n');
}

/** Resolves to why it failed, or to undefined. */
function downloadEmulator(): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [FIREBASE_CLI, 'setup:emulators:firestore'],
    {
      encoding: 'utf8',
      cwd: CACHE_DIR,
      env: { ...process.env, CI: '1', NO_COLOR: '1', NO_UPDATE_NOTIFIER: '1' },
    },
  );
  if (status === 0) return undefined;
  return error?.message ?? `${stderr}${stdout}`.trim().split('\n').at(-1);
}

function runnableJar({ kind, jar }: FirestoreEmulator): string {
  if (kind !== 'cloud-cli') return jar;
  const wrapper = path.join(CACHE_DIR, 'cloud-cli-firestore-emulator.jar');
  writeManifestJar(jar, wrapper);
  return wrapper;
}
