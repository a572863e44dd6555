/** The plain types of jobs: work that is too long for one call, done step by step in the background. */
import type { PurgeResult } from './memory-types.ts';
import type { SpaceDeleteResult } from './tenant-types.ts';

/** What a job does. */
export type JobKind = 'purge' | 'delete-space';

/** `queued` and `running` jobs go on by themselves; the other three have ended. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface Job {
  id: string;
  kind: JobKind;
  state: JobState;
  /** Documents that were looked at or deleted so far, and how many there were to begin with, if it is known. */
  progress: { done: number; total: number | null };
  /** What the call would have answered. `null` unless the job succeeded. */
  result: PurgeResult | SpaceDeleteResult | null;
  /** `null` unless the job failed. */
  error: { code: string; reason: string; message: string } | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  finishedAt: string | null;
}

export interface JobGetRequest {
  tenant: string;
  jobId: string;
}
export interface JobGetResponse {
  job: Job;
}
export interface JobCancelRequest {
  tenant: string;
  jobId: string;
}
export interface JobCancelResponse {
  /** As it is now: a job that had ended stays as it ended. */
  job: Job;
}
