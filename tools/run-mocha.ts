import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from './processes/run-command.ts';
import { ROOT } from './project.ts';
import { ONE_FAILED, parseCounts, type Tally } from './test-tally.ts';

const MOCHA = path.join(ROOT, 'node_modules/mocha/bin/mocha.js');

/** One run of mocha. */
export interface MochaRun {
  /** Relative to the repository. */
  readonly patterns: readonly string[];
  /** Only these of the files that match; empty for all. */
  readonly files: readonly string[];
  readonly flags: readonly string[];
  readonly env: (mark: string) => Record<string, string | undefined>;
}

/**
 * Runs mocha and counts. It is one failure more when the counts are missing or say less than the exit code, and
 * when no file matches: tests that vanished must not look like tests that passed.
 *
 * @param say is told why, where mocha itself does not say
 */
export async function runMocha(
  run: MochaRun,
  interrupt: AbortSignal,
  say: (text: string) => void,
): Promise<Tally> {
  const all = run.patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
  const files = run.files.length > 0 ? run.files : all;
  if (files.length === 0) {
    say(`No test file matches ${run.patterns.join(' or ')}.`);
    return ONE_FAILED;
  }
  const dir = mkdtempSync(path.join(tmpdir(), 'firememory-test-'));
  const counts = path.join(dir, 'counts.json');
  try {
    const code = await runCommand(
      {
        argv: [process.execPath, MOCHA, ...run.flags, ...files],
        cwd: ROOT,
        env: (mark) => ({ ...run.env(mark), FIREMEMORY_TEST_COUNTS: counts }),
      },
      interrupt,
    );
    return judge(existsSync(counts) ? parseCounts(readFileSync(counts, 'utf8')) : undefined, code, say);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function judge(tally: Tally | undefined, code: number, say: (text: string) => void): Tally {
  if (!tally) {
    say(`mocha ended with exit code ${code} before it could count its tests.`);
    return ONE_FAILED;
  }
  if (code !== 0 && tally.failed === 0) {
    say(`Every test passed, but mocha ended with exit code ${code}.`);
    return { ...tally, failed: 1 };
  }
  return tally;
}
