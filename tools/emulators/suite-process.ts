import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { endMarked } from '../processes/marked-processes.ts';
import { CACHE_DIR, PROJECT_ID, ROOT } from '../project.ts';
import { choosePorts, HOST } from './ports.ts';
import { FIREBASE_CLI, type Requirements } from './requirements.ts';
import { parseFirebaseConfig, suiteConfig, wantedPorts } from './suite-config.ts';
import { suiteEnv } from './suite-env.ts';
import { newRunDir } from './suite-log.ts';

const EMULATORS = 'auth,functions,firestore,tasks,hosting';

/** firebase-tools waits up to a minute for running functions to end; nothing here is worth more than this. */
const STOP_GRACE_MS = 3_000;

/** How a suite is to be started. */
export interface SuiteOptions {
  /** Load the functions again when their build changes. */
  readonly watch: boolean;
  /** Take the ports of Firebase's documentation where they are free. */
  readonly preferUsualPorts: boolean;
}

/** A `firebase emulators:start` that was just spawned. */
export interface SuiteProcess {
  readonly hub: string;
  readonly logFile: string;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  /** Shuts it down, and after the grace ends whatever of it is left. May be called again. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

/** Spawns the suite on ports of its own, its output to a file of its own. */
export async function spawnSuite(requirements: Requirements, options: SuiteOptions): Promise<SuiteProcess> {
  const base = parseFirebaseConfig(readFileSync(path.join(ROOT, 'firebase.json'), 'utf8'));
  const ports = await choosePorts(wantedPorts(base, options.preferUsualPorts));
  const runDir = newRunDir(path.join(CACHE_DIR, 'emulators'), new Date(), process.pid);
  const mark = randomUUID();
  // firebase-tools resolves every path of a configuration from its folder, so it must lie beside firebase.json.
  const configFile = path.join(ROOT, `firebase.suite-${mark}.json`);
  writeFileSync(configFile, JSON.stringify(suiteConfig(base, ports, options), null, 2));
  const logFile = path.join(runDir, 'suite.log');
  const env = suiteEnv(process.env, { ...requirements, settingsDir: path.join(runDir, 'settings') }, mark);
  const child = spawnFirebase(configFile, logFile, runDir, env);
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => {
    hasEnded = true;
    rmSync(configFile, { force: true });
  });
  const stop = async (graceMs = STOP_GRACE_MS) => {
    if (!hasEnded) child.kill('SIGINT');
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
    await endMarked(mark, 1_000);
    await ended;
  };
  return { hub: `${HOST}:${ports.hub}`, logFile, ended, hasEnded: () => hasEnded, stop };
}

/**
 * In a process group of its own, so that Ctrl-C reaches it through `stop` only, after the command has ended. Its
 * working folder is where it leaves firestore-debug.log.
 */
function spawnFirebase(config: string, logFile: string, cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(logFile, 'a');
  const preload = pathToFileURL(path.join(import.meta.dirname, 'suite-preload.ts')).href;
  const flags = ['--config', config, '--project', PROJECT_ID, '--only', EMULATORS];
  try {
    return spawn(process.execPath, ['--import', preload, FIREBASE_CLI, 'emulators:start', ...flags], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}
