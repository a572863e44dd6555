import { availableParallelism } from 'node:os';
import path from 'node:path';
import { MARK } from '../processes/marked-processes.ts';
import { PROJECT_ID } from '../project.ts';
import type { Addresses } from './hub.ts';

type Env = Record<string, string | undefined>;

/** What `firebase emulators:start` gets: its Java, its Firestore emulator, and a place for its own settings. */
export interface SuiteTools {
  readonly javaHome: string;
  readonly firestoreJar: string;
  readonly settingsDir: string;
}

/**
 * The environment of the suite. The user's own values win where a user has a reason to set one.
 *
 * - CI keeps firebase-tools from fetching its message of the day, which offline costs 2 s.
 * - Its own settings folder: no login of the user's reaches the functions, nothing of ours reaches the user's.
 * - Discovery by file: by HTTP, firebase-tools waits 3 s for a kept-alive connection at each start.
 * - The emulator runs one process for each concurrent request, by default 50 at a time; twice the cores is all
 *   that the machine can use.
 */
export function suiteEnv(base: Env, tools: SuiteTools, mark: string): Env {
  const path_ = [path.join(tools.javaHome, 'bin'), base.PATH].filter(Boolean).join(path.delimiter);
  const { FORCE_COLOR: _, ...rest } = base;
  return {
    FUNCTIONS_EMULATOR_PARALLEL: String(Math.max(4, 2 * availableParallelism())),
    FIREBASE_FUNCTIONS_DISCOVERY_OUTPUT_PATH: 'true',
    FUNCTIONS_DISCOVERY_TIMEOUT: '60',
    METADATA_SERVER_DETECTION: 'none',
    ...rest,
    CI: '1',
    NO_UPDATE_NOTIFIER: '1',
    NO_COLOR: '1',
    XDG_CONFIG_HOME: tools.settingsDir,
    JAVA_HOME: tools.javaHome,
    PATH: path_,
    FIRESTORE_EMULATOR_BINARY_PATH: tools.firestoreJar,
    [MARK]: mark,
  };
}

/** The environment of a command that uses the suite: the names that the Firebase and Google SDKs read. */
export function commandEnv(base: Env, addresses: Addresses, mark: string): Env {
  return {
    ...base,
    GCLOUD_PROJECT: PROJECT_ID,
    FIREBASE_EMULATOR_HUB: addresses.hub,
    FIRESTORE_EMULATOR_HOST: addresses.firestore,
    FIREBASE_AUTH_EMULATOR_HOST: addresses.auth,
    CLOUD_TASKS_EMULATOR_HOST: addresses.tasks,
    CLOUD_EVENTARC_EMULATOR_HOST: `http://${addresses.eventarc}`,
    FUNCTIONS_EMULATOR_HOST: addresses.functions,
    HOSTING_EMULATOR_HOST: addresses.hosting,
    [MARK]: mark,
  };
}
