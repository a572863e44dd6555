/** Jobs in this process: what the worker and the callables do with them, without the queue. */
import { embedder } from '../../functions/src/search/instance-embedder.ts';
import { Timestamp } from '../../functions/src/storage/database.ts';
import { JobDirectory } from '../../functions/src/storage/job-directory.ts';
import { workOn } from '../../functions/src/storage/job-runner.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import { SpaceDirectory } from '../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../functions/src/storage/tenant-directory.ts';
import { callBy, openManager, SILENT, spaceOf, testDatabase } from './storage.ts';

/** A tenant with an owner `owen`, an admin `ada`, the editors `ed` and `eve`, and a shared space `team`. */
export async function openTenant(databaseId?: string, withId?: string, keyed: { key?: string } = {}) {
  const { manager, tenantId } = openManager(withId, databaseId);
  const database = testDatabase(databaseId);
  const directory = new TenantDirectory(database, tenantId, SILENT);
  const spaces = new SpaceDirectory(database, tenantId, SILENT);
  const jobs = new JobDirectory(database, tenantId, SILENT);
  await directory.create({ name: 'Acme', ...keyed }, callBy('owen'));
  for (const [uid, role] of [
    ['ada', 'admin'],
    ['ed', 'editor'],
    ['eve', 'editor'],
  ] as const) {
    await directory.setMember({ uid: uid, role: role }, callBy('owen'));
  }
  await spaces.create({ id: 'team', name: 'Team' }, callBy('ada'));
  const work = (jobId: string, until = Number.POSITIVE_INFINITY) =>
    workOn(database, embedder, { tenantId, jobId }, until);
  const paths = (space: string) => spaceOf(tenantId, space, databaseId);
  return { database, tenantId, manager, directory, spaces, jobs, work, paths };
}

/** Writes memories past the write path, which has no index entry for them then: fast, where many are needed. */
export async function writeMany(
  paths: SpacePaths,
  count: number,
  fields: Record<string, unknown> = {},
): Promise<void> {
  const { firestore } = paths.space;
  for (let first = 0; first < count; first += 500) {
    const batch = firestore.batch();
    for (let n = first; n < Math.min(count, first + 500); n += 1) {
      const createdAt = Timestamp.fromMillis(Date.UTC(2026, 0, 1) + n);
      batch.set(paths.memories.doc(`many-${n}`), { text: `number ${n}`, createdAt, ...fields });
    }
    await batch.commit();
  }
}

/** The paths, within the space, of all documents below it, found by collection, and of each that is missing. */
export async function everything({ space, memories }: SpacePaths): Promise<string[]> {
  const collections = await space.listCollections();
  const found = await Promise.all(collections.map((collection) => collection.listDocuments()));
  const past = await Promise.all(
    (await memories.listDocuments()).map((memory) => memory.collection('revisions').listDocuments()),
  );
  return [...found.flat(), ...past.flat()].map(({ path }) => path.slice(space.path.length + 1)).sort();
}
