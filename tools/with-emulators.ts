/**
 * `npm run with-emulators -- COMMAND`: builds, starts the emulators on ports of their own, runs COMMAND with the
 * environment that points the SDKs at them, stops them, and exits as COMMAND did. Several arguments run as they
 * are; a single one goes through the shell. Everything of the tool's own goes to stderr.
 */
import { build } from './build.ts';
import { withSuite } from './emulators/suite.ts';
import { commandEnv } from './emulators/suite-env.ts';
import { catchInterruption, exitCodeOf, Interruption } from './processes/interruption.ts';
import { runCommand } from './processes/run-command.ts';
import { ROOT } from './project.ts';

const USAGE = 'Usage: npm run with-emulators -- COMMAND [ARGUMENT]...\n';

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) {
    process.stderr.write(USAGE);
    return 2;
  }
  const interrupt = catchInterruption();
  try {
    await build(interrupt);
    return await withSuite({ watch: false, preferUsualPorts: false }, interrupt, (addresses) =>
      runCommand({ argv, cwd: ROOT, env: (mark) => commandEnv(process.env, addresses, mark) }, interrupt),
    );
  } catch (error) {
    if (interrupt.reason instanceof Interruption) return exitCodeOf(interrupt.reason.signal);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

const args = process.argv.slice(2);
process.exitCode = await main(args[0] === '--' ? args.slice(1) : args);
