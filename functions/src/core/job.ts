/** What a job is and how it goes on: pure, so that each step is decided from what is stored alone. */
import { DEFAULTS, JOBS } from '../config.ts';
import type { JobKind, JobState } from '../contract/types.ts';
import { hasRole, isMember, type Standing } from './access.ts';

/** A job as it is stored, times in milliseconds since the epoch. */
export interface JobRecord {
  readonly id: string;
  readonly kind: JobKind;
  readonly space: string;
  /** True unless the space was known to be shared: then only its creator may see the job. */
  readonly personal: boolean;
  readonly state: JobState;
  /** What was asked, as the kind of job knows it; null once the job has ended. */
  readonly input: unknown;
  /** Where the next step begins and what the steps before it found, as the kind of job knows it. */
  readonly position: unknown;
  /** How many steps were made: a step is made only by whoever finds this number unchanged. */
  readonly step: number;
  /** Failures since the last step. */
  readonly failures: number;
  /** True once a call has answered with the job instead of its result. */
  readonly background: boolean;
  readonly progress: { readonly done: number; readonly total: number | null };
  readonly result: unknown;
  readonly error: { readonly code: string; readonly reason: string; readonly message: string } | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  readonly expiresAt: number | null;
}

/** A new job, whose first step is still to be made. */
export function createJob(
  wanted: Pick<JobRecord, 'id' | 'kind' | 'space' | 'personal' | 'input'>,
  act: { readonly actor: string; readonly now: number },
): JobRecord {
  return {
    ...wanted,
    state: 'queued',
    position: null,
    step: 0,
    failures: 0,
    background: false,
    progress: { done: 0, total: null },
    result: null,
    error: null,
    createdBy: act.actor,
    createdAt: act.now,
    updatedAt: act.now,
    finishedAt: null,
    expiresAt: null,
  };
}

/** True iff the job looks after what is derived from the memories of its space. */
export function isMaintenance({ kind }: Pick<JobRecord, 'kind'>): boolean {
  return kind === 'verify' || kind === 'repair' || kind === 'reindex';
}

/** True iff nothing will happen to the job any more. */
export function hasEnded({ state }: Pick<JobRecord, 'state'>): boolean {
  return state !== 'queued' && state !== 'running';
}

/** The job after one more step that leaves something to be done. */
export function advance(job: JobRecord, position: unknown, done: number, now: number): JobRecord {
  const progress = { ...job.progress, done: job.progress.done + done };
  return { ...job, state: 'running', position, progress, step: job.step + 1, failures: 0, updatedAt: now };
}

/** The job after its last step. */
export function succeed(job: JobRecord, result: unknown, done: number, now: number): JobRecord {
  return { ...end(advance(job, null, done, now), 'succeeded', now), result };
}

/** The job without what was still to be done. */
export function cancel(job: JobRecord, now: number): JobRecord {
  return end({ ...job, step: job.step + 1 }, 'cancelled', now);
}

/** The job after a step that failed: for good if trying again is no use, or was of no use too often. */
export function fail(
  job: JobRecord,
  error: { readonly code: string; readonly reason: string; readonly message: string },
  now: number,
): JobRecord {
  const failures = job.failures + 1;
  const isFinal = FINAL_CODES.has(error.code) || failures >= JOBS.MAX_FAILURES;
  return isFinal ? { ...end(job, 'failed', now), error, failures } : { ...job, failures };
}

/** Codes of errors that the same step would have again. */
const FINAL_CODES: ReadonlySet<string> = new Set(['permission-denied', 'invalid-argument']);

/** What was asked may hold words of the memories, so it goes with the end. */
function end(job: JobRecord, state: JobState, now: number): JobRecord {
  const expiresAt = now + DEFAULTS.JOB_MS;
  return { ...job, state, input: null, position: null, updatedAt: now, finishedAt: now, expiresAt };
}

/** True iff the caller may see the job and cancel it: its own, or one on a shared space as an admin. */
export function canManageJob(standing: Standing, job: Pick<JobRecord, 'createdBy' | 'personal'>): boolean {
  if (job.createdBy === standing.uid) return isMember(standing);
  return !job.personal && hasRole(standing, 'admin');
}
