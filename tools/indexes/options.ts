/** The arguments of the check. */
import { parseArgs } from 'node:util';

/** What to check against what. Paths are those of the working folder. */
export interface CheckOptions {
  readonly file: string;
  /** `host:port` of the Firestore emulator, if one is named. */
  readonly firestore: string | undefined;
  readonly project: string | undefined;
  /** Ids or full names, besides those of `databasesFile`. */
  readonly databases: readonly string[];
  readonly databasesFile: string | undefined;
  readonly vectorQueries: string | undefined;
  readonly allowed: string | undefined;
  /** A shell line that makes the queries, for an emulator that has seen none. */
  readonly queries: string | undefined;
  readonly strict: boolean;
  readonly json: string | undefined;
}

/** What `--help` prints. */
export const CHECK_USAGE = `Usage: npm run check:indexes -- [OPTION]...
Holds the indexes that queries used on a running Firestore emulator against firestore.indexes.json.
  --firestore HOST:PORT    the emulator; FIRESTORE_EMULATOR_HOST by default
  --project P              GCLOUD_PROJECT by default
  --database D             may be repeated; (default) by default
  --databases FILE         more databases, one a line
  --file FILE              firestore.indexes.json by default
  --vector-queries FILE    the indexes of the vector queries: JSON, or a module with VECTOR_QUERIES
  --allow FILE             indexes that need not be declared: JSON, [{ "why", "index" }]
  --queries COMMAND        run first if the emulator has seen no query; may append databases, one a line, to
                           the file that FIRESTORE_USED_DATABASES names
  --strict                 fail on what is unused or allowed for nothing, too
  --json OUT               write what was found as JSON
Exit code: 0 if all is declared, 1 if not, 2 if it could not check.
`;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the arguments; what they leave out is taken from the environment.
 * @throws Error on an argument that it does not know
 */
export function parseCheckOptions(args: readonly string[], env: Env): CheckOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      file: { type: 'string', default: 'firestore.indexes.json' },
      firestore: { type: 'string' },
      project: { type: 'string' },
      database: { type: 'string', multiple: true, default: [] },
      databases: { type: 'string' },
      'vector-queries': { type: 'string' },
      allow: { type: 'string' },
      queries: { type: 'string' },
      strict: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  return {
    file: values.file,
    firestore: values.firestore ?? env.FIRESTORE_EMULATOR_HOST,
    project: values.project ?? env.GCLOUD_PROJECT ?? env.GOOGLE_CLOUD_PROJECT,
    databases: values.database,
    databasesFile: values.databases,
    vectorQueries: values['vector-queries'],
    allowed: values.allow,
    queries: values.queries,
    strict: values.strict,
    json: values.json,
  };
}
