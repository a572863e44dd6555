/** Jobs as they are stored. A document that cannot be read counts as none. */
import type { DocumentData, DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import type { JobRecord } from '../core/job.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

/** JSON as a string: Firestore could hold neither every key of a filter nor a list in a list. */
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

const storedJob = z.object({
  kind: z.enum(['purge', 'delete-space', 'verify', 'repair', 'reindex']),
  space: z.string(),
  personal: z.boolean(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  input: json,
  position: json,
  step: z.int(),
  failures: z.int(),
  background: z.boolean(),
  progress: z.object({ done: z.int(), total: z.int().nullable() }),
  result: json,
  error: z.object({ code: z.string(), reason: z.string(), message: z.string() }).nullable(),
  createdBy: z.string(),
  createdAt: stamp,
  updatedAt: stamp,
  finishedAt: stamp.nullable(),
  expiresAt: stamp.nullable(),
});

/** Reads a job; null if there is none. */
export function decodeJob(snapshot: DocumentSnapshot | undefined): JobRecord | null {
  const { data } = storedJob.safeParse(snapshot?.data());
  if (snapshot === undefined || data === undefined) return null;
  return {
    ...data,
    id: snapshot.id,
    createdAt: data.createdAt.toMillis(),
    updatedAt: data.updatedAt.toMillis(),
    finishedAt: data.finishedAt?.toMillis() ?? null,
    expiresAt: data.expiresAt?.toMillis() ?? null,
  };
}

/** The document of a job. Its id is left to its path. */
export function encodeJob({ id: _, ...job }: JobRecord): DocumentData {
  return {
    ...job,
    input: JSON.stringify(job.input),
    position: JSON.stringify(job.position),
    result: JSON.stringify(job.result),
    createdAt: Timestamp.fromMillis(job.createdAt),
    updatedAt: Timestamp.fromMillis(job.updatedAt),
    finishedAt: job.finishedAt === null ? null : Timestamp.fromMillis(job.finishedAt),
    expiresAt: job.expiresAt === null ? null : Timestamp.fromMillis(job.expiresAt),
  };
}
