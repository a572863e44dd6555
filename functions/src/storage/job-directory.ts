/** The jobs of a tenant, as those see them who may: reading one, and cancelling one. */
import type {
  Job,
  JobCancelRequest,
  JobCancelResponse,
  JobStartRequest,
  JobStartResponse,
} from '../contract/types.ts';
import { canUseSpace, isMember } from '../core/access.ts';
import { cancel, canManageJob, hasEnded, isMaintenance, type JobRecord } from '../core/job.ts';
import { toIso } from '../core/memory.ts';
import { jobNotFound, OperationError, permissionDenied } from '../errors.ts';
import { BaseDirectory } from './base-directory.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Transaction } from './database.ts';
import { EmbeddingCache } from './embeddings.ts';
import { decodeJob, encodeJob } from './job-codec.ts';
import type { Keeping } from './keeping.ts';
import { purgeResult } from './purge.ts';
import { readTally } from './space-deletion-step.ts';
import { readStanding } from './standing.ts';
import { startJob } from './start-job.ts';
import { TenantDirectory } from './tenant-directory.ts';
import { verifyTally } from './verify-step.ts';

/**
 * The jobs of one tenant. A job is seen by its creator, and on a shared space by admins and owners; to others
 * it answers `not-found`, as one that does not exist. Who is no member gets `permission-denied`.
 */
export class JobDirectory extends BaseDirectory {
  /**
   * Starts a job that maintains a space; it is done in the background. The caller must have been admitted.
   * @throws OperationError `failed-precondition` for a reused key; `permission-denied` if the space is being
   *   deleted
   */
  async start(
    space: string,
    request: Pick<JobStartRequest, 'kind' | 'key'>,
    keeping: Keeping,
    call: CallContext,
  ): Promise<JobStartResponse> {
    // Chosen once, so that what is tried again finds the job that was written.
    const { id } = this.paths.jobs.doc();
    return this.run({ operation: 'job.start', collection: 'jobs' }, call, async (bounded) => {
      const { kind, key } = request;
      const { count: total } = (await this.paths.space(space).memories.count().get()).data();
      const wanted = { id, kind, space, input: {}, background: true, progress: { done: 0, total } };
      const scene = { database: this.database, paths: this.paths, embeddings: NO_EMBEDDINGS };
      const identity = { operation: 'job.start', key, body: [kind] };
      const { job, replayed } = await startJob(scene, wanted, identity, keeping, bounded);
      return { jobId: job.id, replayed };
    });
  }

  /** Reads a job. The sample of a purge is shown to whoever may read its space. */
  async get(jobId: string, call: CallContext): Promise<Job> {
    return this.run({ operation: 'job.get', collection: 'jobs' }, call, async () => {
      const job = await this.database.runTransaction(
        (transaction) => this.#visible(transaction, jobId, call),
        { readOnly: true },
      );
      return this.#toWire(job, call);
    });
  }

  /**
   * Ends a job before its next step; what was done stays done. One that has ended stays as it ended.
   * @throws OperationError `failed-precondition` for the deletion of a space, which cannot be left half done
   */
  async cancel(
    { jobId, key }: Omit<JobCancelRequest, 'tenant'>,
    call: CallContext,
  ): Promise<JobCancelResponse> {
    const decide = async (transaction: Transaction) => {
      const present = await this.#visible(transaction, jobId, call);
      const isOver = hasEnded(present);
      if (!isOver && present.kind === 'delete-space') throw notCancellable();
      const write = () => {
        if (!isOver) transaction.set(this.paths.job(jobId), encodeJob(cancel(present, call.now)));
      };
      // The result of a job may show memories, which are not for a receipt: what became of it is read anew.
      return { answer: {}, write };
    };
    const identity = { operation: 'job.cancel', key, body: [jobId] };
    const { replayed } = await this.change('jobs', { identity, replayTo: 'members', decide }, call);
    return { job: await this.get(jobId, call), ...(replayed && { replayed }) };
  }

  async #visible(transaction: Transaction, jobId: string, call: CallContext): Promise<JobRecord> {
    const [standing, document] = await Promise.all([
      readStanding(transaction, this.paths, call),
      transaction.get(this.paths.job(jobId)),
    ]);
    if (!isMember(standing)) throw permissionDenied();
    const job = decodeJob(document);
    if (job === null || !canManageJob(standing, job)) throw jobNotFound();
    return job;
  }

  async #toWire(job: JobRecord, call: CallContext): Promise<Job> {
    const { id, kind, state, progress, error, createdBy, createdAt, updatedAt, finishedAt } = job;
    return {
      id,
      kind,
      state,
      progress: { ...progress, ...found(job) },
      result: state === 'succeeded' ? await this.#result(job, call) : null,
      error,
      createdBy,
      createdAt: toIso(createdAt),
      updatedAt: toIso(updatedAt),
      finishedAt: finishedAt === null ? null : toIso(finishedAt),
    };
  }

  async #result(job: JobRecord, call: CallContext): Promise<Job['result']> {
    if (job.kind === 'delete-space') return { id: job.space, deleted: readTally(job.result).deleted };
    if (isMaintenance(job)) return verifyTally(job);
    const paths = this.paths.space(job.space);
    const result = await purgeResult(paths, job.result, call);
    return (await this.#mayRead(job.space, call)) ? result : { ...result, sample: [] };
  }

  async #mayRead(spaceId: string, call: CallContext): Promise<boolean> {
    const directory = new TenantDirectory(this.database, this.paths.tenantId, this.log);
    const { standing, spaces } = await directory.admit([spaceId], call);
    return spaces.every((space) => canUseSpace(standing, space, 'read'));
  }
}

/** Embeds nothing: a job that is started writes no memory. */
const NO_EMBEDDINGS = new EmbeddingCache({ id: 'none', dimensions: 0, embed: async () => [] });

/** What a job that is under way has found so far. */
function found(job: JobRecord): Pick<Job['progress'], 'differences' | 'mended'> {
  if (!isMaintenance(job) || (hasEnded(job) && job.state !== 'succeeded')) return {};
  const { differences, mended } = verifyTally(job);
  return { differences, mended };
}

function notCancellable(): OperationError {
  return new OperationError('failed-precondition', 'This job cannot be cancelled.', {
    reason: 'job-not-cancellable',
    collection: 'jobs',
  });
}
