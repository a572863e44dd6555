/**
 * `npm test`: lint, types, unit tests, then the rules and emulator tests against one suite, and the check of the
 * indexes that they used. Every step runs even if an earlier one failed, and the last line is `N passed, N failed`:
 * tests that passed, and tests and steps that failed and indexes that are missing, so that it never says 0 failed
 * of a run that fails.
 */
import { build } from './build.ts';
import { withSuite } from './emulators/suite.ts';
import { commandEnv } from './emulators/suite-env.ts';
import { catchInterruption, exitCodeOf, interruptingSignal } from './processes/interruption.ts';
import { MARK } from './processes/marked-processes.ts';
import { runCommand } from './processes/run-command.ts';
import { ROOT } from './project.ts';
import { runMocha } from './run-mocha.ts';
import { testWithIndexes } from './test-indexes.ts';
import { parseTestOptions, STEPS, type Step, TEST_USAGE, type TestOptions } from './test-options.ts';
import { NOTHING, ONE_FAILED, sum, type Tally } from './test-tally.ts';

/** A trigger on the emulator starts a process of its own, which takes seconds on a busy machine. */
const EMULATOR_TIMEOUT_MS = 60_000;

type StepRun = (options: TestOptions, interrupt: AbortSignal) => Promise<Tally>;

const RUNS: Readonly<Record<Step, StepRun>> = {
  lint: (_, interrupt) => packageScript('lint', interrupt),
  typecheck: (_, interrupt) => packageScript('typecheck', interrupt),
  unit: ({ files, mochaFlags }, interrupt) =>
    runMocha(
      {
        patterns: ['test/unit/**/*.test.ts'],
        files: files.filter((file) => file.startsWith('test/unit/')),
        flags: mochaFlags,
        env: (mark) => ({ ...process.env, [MARK]: mark }),
      },
      interrupt,
      complain,
    ),
  emulator: async ({ files, mochaFlags }, interrupt) => {
    await build(interrupt);
    const whole = files.length === 0 && mochaFlags.length === 0;
    return withSuite({ watch: false, preferUsualPorts: false }, interrupt, (addresses) =>
      testWithIndexes(
        {
          firestore: addresses.firestore,
          whole,
          run: (noting) =>
            runMocha(
              {
                patterns: ['test/rules/**/*.test.ts', 'test/emulator/**/*.test.ts'],
                files: files.filter((file) => !file.startsWith('test/unit/')),
                // --exit: the SDKs keep connections to the emulators, which would keep a finished mocha alive.
                flags: ['--timeout', String(EMULATOR_TIMEOUT_MS), '--exit', ...mochaFlags],
                // The tests that hold the storage module in their own process must not look for Google's
                // metadata server.
                env: (mark) => ({
                  ...commandEnv(process.env, addresses, mark),
                  METADATA_SERVER_DETECTION: 'none',
                  ...noting,
                }),
              },
              interrupt,
              complain,
            ),
        },
        interrupt,
        complain,
      ),
    );
  },
};

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The same script that one runs by hand, so that there is one definition of it. */
async function packageScript(name: string, interrupt: AbortSignal): Promise<Tally> {
  const env = (mark: string) => ({ ...process.env, [MARK]: mark });
  const code = await runCommand({ argv: ['npm', 'run', '--silent', name], cwd: ROOT, env }, interrupt);
  return code === 0 ? NOTHING : ONE_FAILED;
}

async function runStep(step: Step, options: TestOptions, interrupt: AbortSignal): Promise<Tally> {
  complain(`\n== ${step}`);
  try {
    return await RUNS[step](options, interrupt);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return ONE_FAILED;
  }
}

async function main(args: readonly string[]): Promise<number> {
  let options: TestOptions;
  try {
    if (args.includes('--help')) return tellUsage(0);
    options = parseTestOptions(args);
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return tellUsage(2);
  }
  const interrupt = catchInterruption();
  const tallies = new Map<Step, Tally>();
  for (const step of options.steps) tallies.set(step, await runStep(step, options, interrupt));
  const total = sum([...tallies.values()]);
  const failed = STEPS.filter((step) => (tallies.get(step) ?? NOTHING).failed > 0);
  if (failed.length > 0) complain(`\nFailed: ${failed.join(', ')}`);
  const ranTests = options.steps.some((step) => step === 'unit' || step === 'emulator');
  const noTests = ranTests && total.passed + total.failed === 0;
  if (noTests) complain('\nNo test ran.');
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  if (interrupt.aborted) return exitCodeOf(interruptingSignal(interrupt));
  return total.failed > 0 || noTests ? 1 : 0;
}

function tellUsage(code: number): number {
  (code === 0 ? process.stdout : process.stderr).write(TEST_USAGE);
  return code;
}

process.exitCode = await main(process.argv.slice(2));
