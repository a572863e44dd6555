/** The check of the indexes at the end of the emulator tests, over all that they queried. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkIndexes } from './indexes/check.ts';
import { parseDatabase, readDatabases } from './indexes/inputs.ts';
import { PROJECT_ID, ROOT } from './project.ts';
import { ONE_FAILED, sum, type Tally } from './test-tally.ts';

/** The tests whose queries are checked. */
export interface CheckedTests {
  /** `host:port` of the Firestore emulator. */
  readonly firestore: string;
  /** Whether these are all the tests there are: of a part, it says nothing about what is unused. */
  readonly whole: boolean;
  /** Runs the tests, with this environment besides. */
  readonly run: (env: Readonly<Record<string, string>>) => Promise<Tally>;
}

/**
 * Runs the tests, then the check. Each missing index is one failure more, and so is a check that could not be
 * made.
 *
 * @param say is told what the check found
 */
export async function testWithIndexes(
  { firestore, whole, run }: CheckedTests,
  interrupt: AbortSignal,
  say: (text: string) => void,
): Promise<Tally> {
  const dir = mkdtempSync(path.join(tmpdir(), 'firememory-databases-'));
  const list = path.join(dir, 'databases');
  try {
    const tests = await run({ FIRESTORE_USED_DATABASES: list });
    if (interrupt.aborted) return tests;
    return sum([tests, await check(firestore, whole, list, say)]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function check(
  firestore: string,
  whole: boolean,
  list: string,
  say: (text: string) => void,
): Promise<Tally> {
  try {
    const { findings, text } = await checkIndexes({
      file: path.join(ROOT, 'firestore.indexes.json'),
      firestore,
      // The functions use the default database, whatever the tests note.
      databases: [parseDatabase('(default)', PROJECT_ID), ...readDatabases(list, PROJECT_ID)],
      vectorQueries: path.join(ROOT, 'functions/src/search/vector-queries.ts'),
      allowed: path.join(ROOT, 'test/allowed-indexes.json'),
      whole,
    });
    say(text);
    return { passed: 0, failed: findings.missing.length };
  } catch (error) {
    say(`The indexes could not be checked. ${error instanceof Error ? error.message : String(error)}`);
    return ONE_FAILED;
  }
}
