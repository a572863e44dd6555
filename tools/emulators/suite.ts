import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { step } from '../progress.mjs';
import { CACHE_DIR, ROOT } from '../project.ts';
import { type Addresses, askHub, countFunctions } from './hub.ts';
import { findRequirements, type Requirements } from './requirements.ts';
import { follower, lastLines } from './suite-log.ts';
import { type SuiteOptions, type SuiteProcess, spawnSuite } from './suite-process.ts';

/** What firebase-tools prints when the last emulator is up and the functions are loaded. */
const READY = 'All emulators ready!';

/** What its log says when another process took a port between our choice and its use. */
const PORT_TAKEN = /port taken|is not open on|EADDRINUSE|address already in use/;

const START_DEADLINE_MS = 180_000;
const POLL_MS = 100;

/** A suite that is not up has nothing to finish, and a signal in the middle of a start may hang firebase-tools. */
const UNREADY_GRACE_MS = 1_000;
const SHOWN_LOG_LINES = 60;

/** Set to see the emulators' own output as it comes. */
const VERBOSE = process.env.FIREMEMORY_VERBOSE === '1';

/**
 * Runs `work` while the emulators are up, then stops them, however `work` ends. On an interrupt, `work` is left
 * to end by itself: it is given the same signal.
 *
 * @throws Error with the last lines of the suite's log when it does not start, or stops during `work`
 */
export async function withSuite<T>(
  options: SuiteOptions,
  interrupt: AbortSignal,
  work: (addresses: Addresses) => Promise<T>,
): Promise<T> {
  mkdirSync(CACHE_DIR, { recursive: true });
  const requirements = await findRequirements();
  const { suite, addresses } = await step('Starting the emulators', () =>
    start(requirements, options, interrupt),
  );
  try {
    const result = await work(addresses);
    if (suite.hasEnded()) throw failure('The emulators stopped before the work was done.', suite);
    return result;
  } finally {
    await suite.stop();
  }
}

interface Started {
  readonly suite: SuiteProcess;
  readonly addresses: Addresses;
}

async function start(
  requirements: Requirements,
  options: SuiteOptions,
  interrupt: AbortSignal,
): Promise<Started> {
  try {
    return await startOnce(requirements, options, interrupt);
  } catch (error) {
    if (!(error instanceof Error && PORT_TAKEN.test(error.message))) throw error;
    return startOnce(requirements, { ...options, preferUsualPorts: false }, interrupt);
  }
}

async function startOnce(
  requirements: Requirements,
  options: SuiteOptions,
  interrupt: AbortSignal,
): Promise<Started> {
  interrupt.throwIfAborted();
  const suite = await spawnSuite(requirements, options);
  try {
    await untilReady(suite, interrupt);
    const addresses = await askHub(suite.hub);
    if ((await countFunctions(addresses.functions)) === 0)
      throw failure('No function could be loaded.', suite);
    return { suite, addresses };
  } catch (error) {
    await suite.stop(UNREADY_GRACE_MS);
    throw error;
  }
}

async function untilReady(suite: SuiteProcess, interrupt: AbortSignal): Promise<void> {
  const read = follower(suite.logFile);
  const show = () => {
    const text = read();
    if (VERBOSE) process.stderr.write(text);
    return text;
  };
  const deadline = Date.now() + START_DEADLINE_MS;
  for (let log = show(); !log.includes(READY); log += show()) {
    interrupt.throwIfAborted();
    if (suite.hasEnded()) throw failure('The emulators did not start.', suite);
    if (Date.now() > deadline)
      throw failure(`The emulators were not up in ${START_DEADLINE_MS / 1000} s.`, suite);
    await sleep(POLL_MS);
  }
  if (!VERBOSE) return;
  const timer = setInterval(show, POLL_MS).unref();
  suite.ended.finally(() => clearInterval(timer)).catch(() => undefined);
}

function failure(message: string, { logFile }: SuiteProcess): Error {
  const log = path.relative(ROOT, logFile);
  return new Error(`${lastLines(logFile, SHOWN_LOG_LINES)}\n${message} The whole log: ${log}`);
}
