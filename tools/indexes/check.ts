/** The check itself: asks the emulator, reads the files, compares, tells. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { compareIndexes, type Findings } from './compare.ts';
import { parseIndexFile } from './declared-indexes.ts';
import { readAllowed, readVectorQueries } from './inputs.ts';
import { reportText } from './report-text.ts';
import { type DatabaseName, fetchUsage, type UsedIndex } from './usage-report.ts';

/** What to check. */
export interface Check {
  readonly file: string;
  /** `host:port` of the emulator. */
  readonly firestore: string;
  readonly databases: readonly DatabaseName[];
  /** Those of them that were named one by one, where a name may be mistyped. */
  readonly named?: readonly DatabaseName[];
  readonly vectorQueries?: string | undefined;
  readonly allowed?: string | undefined;
  /** Whether every query was made that there is. */
  readonly whole: boolean;
}

/**
 * Checks and says what it found, the verdict last.
 * @throws Error if the emulator or a file cannot be read
 */
export async function checkIndexes(check: Check): Promise<{ findings: Findings; text: string }> {
  const { file, firestore, whole, named = [] } = check;
  const findings = compareIndexes({
    declared: parseIndexFile(readFileSync(file, 'utf8')),
    used: await usedIn(firestore, check.databases),
    vectorQueries: check.vectorQueries === undefined ? null : await readVectorQueries(check.vectorQueries),
    allowed: check.allowed === undefined ? [] : readAllowed(check.allowed),
  });
  const silent = await silentAmong(firestore, named);
  return { findings, text: reportText(findings, { file: path.relative('', file), whole, silent }) };
}

/** The full names of those that have no report: the emulator knows none of them, or no query needed an index there. */
async function silentAmong(firestore: string, named: readonly DatabaseName[]): Promise<string[]> {
  const silent: string[] = [];
  for (const { project, database } of named) {
    const reports = await fetchUsage(firestore, { project, database });
    if (reports.length === 0) silent.push(`projects/${project}/databases/${database}`);
  }
  return silent;
}

/** What the emulator reports of all these databases. */
export async function usedIn(
  firestore: string,
  databases: readonly DatabaseName[],
): Promise<readonly UsedIndex[]> {
  const reports: UsedIndex[] = [];
  for (const database of databases) reports.push(...(await fetchUsage(firestore, database)));
  return reports;
}
