/** The steps of `npm test`, in order. */
export const STEPS = ['lint', 'typecheck', 'unit', 'emulator'] as const;

/** One step of `npm test`. */
export type Step = (typeof STEPS)[number];

/** What to run: all of it by default. */
export interface TestOptions {
  readonly steps: readonly Step[];
  /** Test files relative to the repository; empty for all of the steps that run. */
  readonly files: readonly string[];
  /** Passed to mocha as they are. */
  readonly mochaFlags: readonly string[];
}

/** What `npm test -- --help` prints. */
export const TEST_USAGE = `Usage: npm test -- [STEP | FILE]... [--grep PATTERN | --fgrep TEXT] [--bail]
  STEP   ${STEPS.join(', ')}; all of them by default
  FILE   a test file, in test/unit, test/rules or test/emulator
With --grep or --fgrep and nothing else, only the steps with tests run.
`;

const VALUED = ['--grep', '-g', '--fgrep', '-f'];
const UNIT_DIR = 'test/unit/';

/**
 * Reads the arguments of `npm test`.
 *
 * @throws Error on an argument that it does not know: a filter lost in silence would run everything
 */
export function parseTestOptions(args: readonly string[]): TestOptions {
  const steps = new Set<Step>();
  const files: string[] = [];
  const mochaFlags: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    const step = STEPS.find((name) => name === arg);
    if (step) steps.add(step);
    else if (VALUED.includes(arg)) {
      i += 1;
      const value = args[i];
      if (value === undefined) throw new Error(`${arg} needs a value.`);
      mochaFlags.push(arg, value);
    } else if (arg === '--bail' || /^--f?grep=./.test(arg)) mochaFlags.push(arg);
    else if (arg.endsWith('.test.ts')) files.push(arg.replace(/^\.\//, ''));
    else throw new Error(`Unknown argument: ${arg}`);
  }
  for (const file of files) steps.add(file.startsWith(UNIT_DIR) ? 'unit' : 'emulator');
  const chosen =
    steps.size > 0 ? steps : mochaFlags.length > 0 ? new Set<Step>(['unit', 'emulator']) : new Set(STEPS);
  return { steps: STEPS.filter((step) => chosen.has(step)), files, mochaFlags };
}
