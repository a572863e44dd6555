/** Steps of the jobs that verify, repair and reindex a space. */
import type { VerifyResult } from '../contract/types.ts';
import { advance, type JobRecord, succeed } from '../core/job.ts';
import { encodeJob } from './job-codec.ts';
import { type JobScene, type JobStep, readForStep } from './job-step.ts';
import { inHalves } from './mend-in-halves.ts';
import { withReads } from './transaction-reads.ts';
import { nextStep } from './verify-space.ts';
import { readPosition, type StepEnd, storedTally, type WalkStep } from './walk.ts';
import { transact } from './write-path.ts';

/** Verifies a part of the space. */
export const verifyStep: JobStep = (scene, job) => makeStep(scene, job, false);

/**
 * Verifies and mends a part of the space. What was made by another embedder, or in another form, differs from
 * what it is to be like all else: so this is also the step of a reindexing.
 */
export const repairStep: JobStep = (scene, job) => makeStep(scene, job, true);

/** What it mends is written together with how far it is, so that both are done once. */
function makeStep(scene: JobScene, job: JobRecord, mends: boolean): Promise<JobRecord> {
  const { database, embeddings, now, signal } = scene;
  const paths = scene.paths.space(job.space);
  const walk = { database, paths, embeddings, mends, now, ...(signal && { signal }) };
  const position = readPosition(job.position);
  return inHalves(
    walk,
    (most) => nextStep(walk, position, most),
    (end) => finish(scene, job, end),
  );
}

function finish(scene: JobScene, job: JobRecord, end: StepEnd): Promise<JobRecord> {
  const { database, embeddings, now, signal } = scene;
  return transact(
    database,
    embeddings,
    (transaction) =>
      withReads(transaction, async (reads) => {
        signal?.throwIfAborted();
        const [{ present, isDue }, write] = await Promise.all([
          readForStep(reads, scene.paths, job),
          'done' in end ? () => end.done : end.mend(reads, transaction),
        ]);
        if (!isDue) return present;
        const next = jobAfter(present, write(transaction), now());
        transaction.set(scene.paths.job(job.id), encodeJob(next));
        return next;
      }),
    signal,
  );
}

function jobAfter(job: JobRecord, { position, looked, isLast }: WalkStep, now: number): JobRecord {
  return isLast ? succeed(job, position.tally, looked, now) : advance(job, position, looked, now);
}

/** What such a job has found so far, or in all. */
export function verifyTally({ state, position, result }: JobRecord): VerifyResult {
  if (state === 'succeeded') return storedTally.parse(result);
  return { ...readPosition(position).tally };
}
