/** The part of the rotating sample that counts: space by space, each with its counters. */

import type { DocumentReference } from 'firebase-admin/firestore';
import { addTallies } from '../core/difference.ts';
import { FieldPath, type Firestore } from './database.ts';
import { afterItsCollection, everywhere, idsAlong } from './paths.ts';
import { inSpace, isOver, type Run } from './sample-run.ts';
import { walkCounters } from './verify-space.ts';
import type { Walk } from './walk.ts';

/**
 * Verifies the counters of the spaces in which there is a doubt, then of the next ones that have any.
 * @param from where the run before it ended: the path of a document among the counters of the last space
 * @returns where the next run goes on
 */
export async function sampleCounters(run: Run, from: string | null): Promise<string | null> {
  let left = run.spaces;
  for (const walk of run.doubtful) {
    if (left === 0 || isOver(run)) return from;
    await countIn(run, walk.paths);
    left -= 1;
  }
  for (let after = from, isFirst = true; ; isFirst = false) {
    if (left === 0 || isOver(run)) return after;
    const next = await nextCounters(run.database, after);
    if (next === null) return null;
    const [tenantId, spaceId] = idsAlong(next, ['tenants', 'spaces', 'stats']) ?? [];
    const isDone =
      tenantId === undefined || spaceId === undefined || (await countIn(run, { tenantId, spaceId }));
    // The next run begins with it, and has more time; a space for which even that is too short is left behind.
    if (!isDone && !isFirst) return after;
    after = afterItsCollection(next);
    left -= 1;
  }
}

/** A document of the next collection of counters, of whichever application. */
async function nextCounters(database: Firestore, after: string | null): Promise<DocumentReference | null> {
  const ordered = everywhere(database, 'stats').orderBy(FieldPath.documentId()).select().limit(1);
  const { docs } = await (after === null ? ordered : ordered.startAfter(after)).get();
  return docs[0]?.ref ?? null;
}

/** Counts a space, where it is its turn; false if the time was over before it was done. */
async function countIn(
  run: Run,
  address: { readonly tenantId: string; readonly spaceId: string },
): Promise<boolean> {
  const isDone = await inSpace(run, address, async (walk) => {
    if (!(await isItsTurn(run, walk))) return true;
    const tally = await walkCounters(walk, run.deadline);
    if (tally !== null) run.tally = addTallies(run.tally, tally);
    return tally !== null || !isOver(run);
  });
  return isDone ?? true;
}

/** A space that is twice as large as what may be counted is counted in every second of its turns, by chance. */
async function isItsTurn(run: Run, { paths }: Walk): Promise<boolean> {
  const { count } = (await paths.index.count().get()).data();
  return count <= run.entries || run.random() * count < run.entries;
}
