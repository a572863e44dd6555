/** What an event alone can tell of the work that it asks for. */
import type { DocumentSnapshot } from '../storage/database.ts';

/** The memory before and after a write; either may be missing, and so may all of it. */
export interface MemoryEvent {
  readonly before?: DocumentSnapshot | undefined;
  readonly after?: DocumentSnapshot | undefined;
}

/**
 * True iff the write was a change by the write path, or completed a memory that was written by hand, and so wrote all
 * that is derived with it: a memory then says which write it `follows`, by the time of that write, and the event says
 * that it does. Nothing else can make the two equal: whoever writes a document back as it once was writes it over
 * another one. Of a creation or deletion an event cannot tell whose it was, as a memory may be put back where it was
 * deleted, fields and all.
 */
export function isSettled(event: MemoryEvent | undefined): boolean {
  const written = event?.before?.updateTime;
  if (written === undefined || event?.after?.exists !== true) return false;
  return written.isEqual(event.after.get('follows'));
}
