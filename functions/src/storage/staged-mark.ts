/** What a document says of itself that holds a part of a large add, see `staging.ts`. */
import { type DocumentData, Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';

const storedMark = z.object({
  by: z.string(),
  at: z.custom<Timestamp>((value) => value instanceof Timestamp),
});

/** By which staging a document was written, and when. */
export type StagedMark = z.infer<typeof storedMark>;

/**
 * The mark of a staged document; null of every other. Only what is surely staged counts as that, since it is taken for
 * nothing and removed in time: with a mark as staging writes it, and without the time of creation that it never writes.
 * A memory to which somebody else gave such a field is a memory.
 */
export function stagedMark(data: DocumentData | undefined): StagedMark | null {
  if (data === undefined || data.createdAt !== undefined) return null;
  return storedMark.safeParse(data.staged).data ?? null;
}
