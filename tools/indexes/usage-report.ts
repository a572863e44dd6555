/** What the Firestore emulator says about the indexes that queries used since it started. */
import type { Index } from './index-shape.ts';
import { asFields, asList, asText, parseField } from './parse.ts';

/** An index that queries used. */
export interface UsedIndex {
  readonly index: Index;
  /** How many queries, as the emulator counts them: one with `in` or `or` may count several times. */
  readonly queries: number;
}

/** A database of the emulator. */
export interface DatabaseName {
  readonly project: string;
  readonly database: string;
}

const DEADLINE_MS = 30_000;
const CONNECTION_REFUSED = 'No Firestore emulator answers at';

/**
 * Asks the emulator at `host:port`. A database that it does not know has no reports.
 * @throws Error if it does not answer, or not as expected
 */
export async function fetchUsage(
  firestore: string,
  { project, database }: DatabaseName,
): Promise<readonly UsedIndex[]> {
  const name = `projects/${project}/databases/${database}`;
  const url = `http://${firestore}/emulator/v1/projects/${project}:indexUsage?database=${encodeURIComponent(name)}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) }).catch((error: unknown) => {
    throw new Error(`${CONNECTION_REFUSED} ${firestore}.`, { cause: error });
  });
  if (!response.ok) throw new Error(`The emulator answered ${response.status} for ${name}.`);
  return parseUsage(await response.json());
}

/**
 * Reads the report of one database.
 * @throws Error naming the place of what it cannot read
 */
export function parseUsage(value: unknown): readonly UsedIndex[] {
  const reports = asFields(value, 'The report').get('reports') ?? [];
  return asList(reports, 'reports', (report, place) => {
    const fields = asFields(report, place);
    const index = asFields(fields.get('index'), `${place}.index`);
    const name = asText(index.get('name'), `${place}.index.name`);
    const collectionGroup = /\/collectionGroups\/([^/]+)\//.exec(name)?.[1];
    return {
      index: {
        collectionGroup: asText(collectionGroup, `${place}.index.name`),
        queryScope: asText(index.get('queryScope'), `${place}.index.queryScope`),
        fields: asList(index.get('fields'), `${place}.index.fields`, parseField),
      },
      queries: Number(fields.get('numQueries') ?? 0),
    };
  });
}
