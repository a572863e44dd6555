/** The plain types of jobs: work that is too long for one call, done step by step in the background. */
import type { Keyed, PurgeResult, Scope } from './memory-types.ts';
import type { SpaceDeleteResult } from './tenant-types.ts';

/**
 * What can be started by itself, for one space: `verify` compares all that is derived with the memories,
 * `repair` also mends what differs, and `reindex` is what one runs after a change of embedder or analyser.
 */
export type StartableJobKind = 'verify' | 'repair' | 'reindex';

/** What a job does. */
export type JobKind = 'purge' | 'delete-space' | StartableJobKind;

/**
 * How what is stored of a memory may differ from what it is to be. `damaged-memory` cannot be mended but by a
 * person; `wrong-counters` counts parts of the counters of a space.
 */
export type DifferenceKind =
  | 'missing-entry'
  | 'stale-entry'
  | 'damaged-entry'
  | 'orphan-entry'
  | 'damaged-memory'
  | 'incomplete-memory'
  | 'missing-claim'
  | 'missing-marker'
  | 'leftover-claim'
  | 'leftover-marker'
  | 'wrong-counters';

/** How many differences of each kind; kinds without any are left out. */
export type Differences = { [K in DifferenceKind]?: number };

/** What a verification, repair or reindexing of a space found and did. */
export interface VerifyResult {
  /** Memories, and index entries, that were looked at. */
  memories: number;
  entries: number;
  differences: Differences;
  /** How many of the differences were mended: none by `verify`. */
  mended: number;
}

/** `queued` and `running` jobs go on by themselves; the other three have ended. */
export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface Job {
  id: string;
  kind: JobKind;
  state: JobState;
  /** Documents that were looked at or deleted so far, and how many there were to begin with, if it is known. */
  progress: {
    done: number;
    total: number | null;
    /** Of `verify`, `repair` and `reindex`: what was found so far, and how much of it was mended. */
    differences?: Differences;
    mended?: number;
  };
  /** What the call would have answered. `null` unless the job succeeded. */
  result: PurgeResult | SpaceDeleteResult | VerifyResult | null;
  /** `null` unless the job failed. */
  error: { code: string; reason: string; message: string } | null;
  createdBy: string;
  createdAt: string;
  updatedAt: string;
  finishedAt: string | null;
}

export interface JobStartRequest extends Scope, Keyed {
  kind: StartableJobKind;
  /** Nothing is asked of these kinds. */
  input?: Record<string, never>;
}
export interface JobStartResponse {
  jobId: string;
  /** `true` iff the job was started before, with the same key. */
  replayed: boolean;
}

export interface JobGetRequest {
  tenant: string;
  jobId: string;
}
export interface JobGetResponse {
  job: Job;
}
export interface JobCancelRequest extends Keyed {
  tenant: string;
  jobId: string;
}
export interface JobCancelResponse {
  /** As it is now, also where the call is repeated: a job that had ended stays as it ended. */
  job: Job;
  replayed?: true;
}
