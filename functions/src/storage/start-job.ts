/** Writes a new job, once for the key of its call. */
import { createJob, type JobRecord } from '../core/job.ts';
import { jobNotFound } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import { decodeSpace } from './directory-codec.ts';
import { decodeJob, encodeJob } from './job-codec.ts';
import type { JobScene } from './job-step.ts';
import type { Keeping } from './keeping.ts';
import type { RequestIdentity } from './receipts.ts';
import { mutate } from './write-path.ts';

/**
 * Writes the job, unless the key has brought one before or this call has, and reads it.
 * @param wanted its id is chosen once for a call, so that whatever is tried again goes on with the same job
 * @throws StorageError `failed-precondition` for a reused key; `permission-denied` if the space is being deleted
 */
export async function startJob(
  scene: Pick<JobScene, 'database' | 'paths' | 'embeddings'>,
  wanted: Pick<JobRecord, 'id' | 'kind' | 'space' | 'input'> &
    Partial<Pick<JobRecord, 'background' | 'progress'>>,
  identity: RequestIdentity,
  keeping: Keeping,
  call: CallContext,
): Promise<{ readonly job: JobRecord; readonly replayed: boolean }> {
  const paths = scene.paths.space(wanted.space);
  const { id } = wanted;
  const { answer, replayed } = await mutate(scene.database, scene.embeddings, {
    identity,
    paths,
    call,
    ids: [],
    keeping,
    decide: async (reads) => {
      const [space, own] = await reads.documents([paths.space, scene.paths.job(id)]);
      if (own?.exists) return { changes: [], isDone: true, answer: { jobId: id } };
      const personal = space === undefined || decodeSpace(space)?.kind !== 'shared';
      const { background, progress, ...asked } = wanted;
      const created = createJob({ ...asked, personal }, call);
      const job = { ...created, ...(background && { background }), ...(progress && { progress }) };
      return {
        changes: [],
        answer: { jobId: id },
        also: (transaction) => transaction.set(scene.paths.job(id), encodeJob(job)),
      };
    },
  });
  const job = decodeJob(await scene.paths.job(answer.jobId).get());
  if (job === null) throw jobNotFound();
  return { job, replayed };
}
