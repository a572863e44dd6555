/**
 * `npm start`: builds, starts the emulators, shows the memory at work on a conversation, then stays up for the
 * user to try it, until Ctrl-C.
 */
import { build } from './build.ts';
import type { Addresses } from './emulators/hub.ts';
import { withSuite } from './emulators/suite.ts';
import { catchInterruption, exitCodeOf, Interruption } from './processes/interruption.ts';
import { PROJECT_ID } from './project.ts';
import { parseStartOptions, START_USAGE, type StartOptions } from './start-options.ts';

function readOptions(): StartOptions | undefined {
  try {
    return parseStartOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${START_USAGE}`);
    return undefined;
  }
}

async function showDemo({ dataFile, conversation }: StartOptions, addresses: Addresses): Promise<void> {
  const { runDemo } = await import('./demo.ts');
  await runDemo({
    ...(dataFile === undefined ? {} : { dataFile }),
    ...(conversation === undefined ? {} : { conversation }),
    functionsHost: addresses.functions,
    authHost: addresses.auth,
    firestoreHost: addresses.firestore,
    project: PROJECT_ID,
  });
}

function urls(addresses: Addresses): string {
  return `
Firememory runs on this machine, project ${PROJECT_ID}:
  overview   http://${addresses.hosting}
  functions  http://${addresses.functions}/${PROJECT_ID}/<region>/<function>
  auth       http://${addresses.auth}
  firestore  http://${addresses.firestore}
Ctrl-C stops it.
`;
}

function untilInterrupted(interrupt: AbortSignal): Promise<void> {
  // A pending promise alone does not keep a process alive.
  const alive = setInterval(() => undefined, 60_000);
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    if (interrupt.aborted) end();
    else interrupt.addEventListener('abort', end, { once: true });
  });
}

/** Resolves to the exit code: 0 for Ctrl-C once the demo is over, as that is how one leaves. */
async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return 2;
  if (options.help) {
    process.stdout.write(START_USAGE);
    return 0;
  }
  const interrupt = catchInterruption();
  interrupt.addEventListener('abort', () => process.stderr.write('\nStopping.\n'));
  try {
    await build(interrupt);
    return await withSuite({ watch: true, preferUsualPorts: true }, interrupt, async (addresses) => {
      await Promise.race([showDemo(options, addresses), untilInterrupted(interrupt)]);
      interrupt.throwIfAborted();
      if (options.exit) return 0;
      process.stdout.write(urls(addresses));
      await untilInterrupted(interrupt);
      return 0;
    });
  } catch (error) {
    if (interrupt.reason instanceof Interruption) return exitCodeOf(interrupt.reason.signal);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

// A demo that was interrupted may still wait for an answer: do not wait for it.
process.exit(await main());
