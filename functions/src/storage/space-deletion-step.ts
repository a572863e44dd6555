/**
 * One step of the deletion of a space: some documents of the first collection that still has any. Each step
 * begins at the first one again, so the last one has seen all of them empty, in an order in which none can be
 * filled from a later one: while there is a memory or an entry, a trigger may still write counters.
 */
import type { DocumentReference, Transaction } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { COLLECTIONS, DEFAULTS, SPACE_DELETION } from '../config.ts';
import { advance, fail, type JobRecord, succeed } from '../core/job.ts';
import { permissionDenied } from '../errors.ts';
import { decodeSpace } from './directory-codec.ts';
import { encodeJob } from './job-codec.ts';
import { type JobStep, readForStep } from './job-step.ts';
import type { SpacePaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';
import { withReads } from './transaction-reads.ts';
import { MAX_ATTEMPTS } from './write-path.ts';

const deletionTally = z.object({ deleted: z.int() });

/** What a deletion of a space has come to, as its job stores it. */
export function readTally(stored: unknown): z.infer<typeof deletionTally> {
  return deletionTally.parse(stored ?? { deleted: 0 });
}

/** Documents that are to be deleted together, and how many of them are memories. */
interface Batch {
  readonly documents: readonly DocumentReference[];
  readonly memories: number;
}

/** Makes one step; the last one ends the space itself. */
export const deleteSpaceStep: JobStep = async (scene, job) => {
  const paths = scene.paths.space(job.space);
  const batch = await nextBatch(paths);
  const { deleted } = readTally(job.position);
  const now = scene.now();
  return runTransaction(
    scene.database,
    async (transaction): Promise<JobRecord> => {
      scene.signal?.throwIfAborted();
      const [{ present, isDue }, space] = await withReads(transaction, (reads) =>
        Promise.all([readForStep(reads, scene.paths, job), reads.document(paths.space)]),
      );
      if (!isDue) return present;
      const tally = { deleted: deleted + batch.memories };
      const isOwn = decodeSpace(space)?.kind === 'deleting' && space.get('jobId') === job.id;
      const next = !isOwn ? refuse(present, now) : step(present, batch, tally, now);
      if (isOwn) for (const document of batch.documents) transaction.delete(document);
      if (next.state === 'succeeded') endSpace(transaction, paths, job, now);
      transaction.set(scene.paths.job(job.id), encodeJob(next));
      return next;
    },
    { maxAttempts: MAX_ATTEMPTS },
  );
};

function step(job: JobRecord, { documents }: Batch, tally: { deleted: number }, now: number): JobRecord {
  return documents.length === 0 ? succeed(job, tally, 0, now) : advance(job, tally, documents.length, now);
}

/** The space is not this job's to delete: an administrator must have written it by hand. */
function refuse(job: JobRecord, now: number): JobRecord {
  const { code, message, details } = permissionDenied();
  return fail(job, { code, message, reason: details.reason }, now);
}

/** Of a shared space a mark stays, so that nothing that was let in before can land in a new space of this id. */
function endSpace(transaction: Transaction, paths: SpacePaths, { personal }: JobRecord, now: number): void {
  const expiresAt = Timestamp.fromMillis(now + DEFAULTS.TOMBSTONE_MS);
  if (personal) transaction.delete(paths.space);
  else transaction.set(paths.space, { kind: 'deleted', was: 'shared', expiresAt });
}

/** A memory goes together with its entry, so that the trigger finds nothing to do and touches no counter. */
async function nextBatch(paths: SpacePaths): Promise<Batch> {
  const { CHUNK } = SPACE_DELETION;
  const memories = await paths.memories
    .select()
    .limit(CHUNK / 2)
    .get();
  if (!memories.empty) {
    const documents = memories.docs.flatMap(({ ref, id }) => [ref, paths.index.doc(id)]);
    return { documents, memories: memories.size };
  }
  const revisions = await paths.everyRevision().select().limit(CHUNK).get();
  if (!revisions.empty) return { documents: revisions.docs.map(({ ref }) => ref), memories: 0 };
  const collections = await paths.space.listCollections();
  for (const collection of collections.sort((a, b) => rank(a.id) - rank(b.id))) {
    const { docs } = await collection.select().limit(CHUNK).get();
    if (docs.length > 0) return { documents: docs.map(({ ref }) => ref), memories: 0 };
  }
  return { documents: [], memories: 0 };
}

/** The index before the counters, the counters last. */
function rank(collection: string): number {
  if (collection === COLLECTIONS.stats) return 2;
  return collection === COLLECTIONS.index ? 0 : 1;
}
