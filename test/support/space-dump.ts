/** Everything that is stored of a space, to tell what has changed. */
import type { DocumentSnapshot } from '../../functions/src/storage/database.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';

/** Documents by their path within the space, fields as JSON with sorted keys. */
export type Dump = ReadonlyMap<string, string>;

/** Reads every document of a space, revisions included. */
export async function dumpOf({ space, everyRevision }: SpacePaths): Promise<Dump> {
  const collections = await space.listCollections();
  const [found, revisions] = await Promise.all([
    Promise.all(collections.map((collection) => collection.get())),
    everyRevision().get(),
  ]);
  const documents = [...found.flatMap(({ docs }) => docs), ...revisions.docs];
  return new Map(
    documents.map((document): [string, string] => [
      document.ref.path.slice(space.path.length + 1),
      json(document),
    ]),
  );
}

/** The paths of documents that are in one of the dumps only, or differ. */
export function changed(before: Dump, after: Dump): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.filter((path) => before.get(path) !== after.get(path));
}

function json(document: DocumentSnapshot): string {
  return JSON.stringify(document.data(), (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
