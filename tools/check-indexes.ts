/**
 * `npm run check:indexes`: is every index declared that the queries of a run on the Firestore emulator used? The
 * emulator never refuses a query for want of an index, so that is found out in production otherwise. See
 * docs/indexes.md; nothing here knows of this project but the package script.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkIndexes, usedIn } from './indexes/check.ts';
import { parseDatabase, readDatabases } from './indexes/inputs.ts';
import { CHECK_USAGE, type CheckOptions, parseCheckOptions } from './indexes/options.ts';
import type { DatabaseName } from './indexes/usage-report.ts';
import { catchInterruption } from './processes/interruption.ts';
import { MARK } from './processes/marked-processes.ts';
import { runCommand } from './processes/run-command.ts';

const NO_EMULATOR = `No Firestore emulator is named. Run this beside your emulator and after your tests, as in
  firebase emulators:exec "npm test && npm run check:indexes"
or name it by --firestore HOST:PORT and --project P. Here, this starts one and makes every query:
  npm run with-emulators -- npm run check:indexes
`;

const NO_QUERY = `The emulator reports no index: no query that needs one was made in these databases. Run the tests
first, against the same emulator, or name their databases by --database and --databases.
`;

async function main(options: CheckOptions): Promise<number> {
  const { firestore, project = '', file, vectorQueries, allowed } = options;
  if (firestore === undefined || project === '') return fail(NO_EMULATOR);
  let databases = databasesOf(options, project);
  let used = await usedIn(firestore, databases);
  if (used.length === 0 && options.queries !== undefined) {
    databases = [...databases, ...(await makeQueries(options.queries, project))];
    used = await usedIn(firestore, databases);
  }
  if (used.length === 0) return fail(NO_QUERY);
  const { findings, text } = await checkIndexes({
    ...{ file, firestore, databases, vectorQueries, allowed },
    named: options.databases.map((name) => parseDatabase(name, project)),
    whole: true,
  });
  process.stdout.write(`${text}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(findings, null, 2)}\n`);
  const superfluous = findings.unused.length + findings.staleAllowances.length;
  return findings.missing.length > 0 || (options.strict && superfluous > 0) ? 1 : 0;
}

function databasesOf({ databases, databasesFile }: CheckOptions, project: string): DatabaseName[] {
  const named = databases.map((name) => parseDatabase(name, project));
  const listed = databasesFile === undefined ? [] : readDatabases(databasesFile, project);
  return named.length + listed.length > 0 ? [...named, ...listed] : [parseDatabase('(default)', project)];
}

/** Runs the command that makes the queries; returns the databases that it names. */
async function makeQueries(command: string, project: string): Promise<readonly DatabaseName[]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'check-indexes-'));
  const list = path.join(dir, 'databases');
  try {
    const env = (mark: string) => ({ ...process.env, FIRESTORE_USED_DATABASES: list, [MARK]: mark });
    const code = await runCommand({ argv: [command], cwd: process.cwd(), env }, catchInterruption());
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}.`);
    return readDatabases(list, project);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function fail(message: string): number {
  process.stderr.write(message);
  return 2;
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(CHECK_USAGE);
} else {
  process.exitCode = await Promise.resolve()
    .then(() => main(parseCheckOptions(args, process.env)))
    .catch((error: unknown) => fail(`${error instanceof Error ? error.message : String(error)}\n`));
}
