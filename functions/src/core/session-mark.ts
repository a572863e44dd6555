/**
 * The marker of a session says when it was last spoken in, at the latest. It is an upper bound: it only
 * rises, so it can be written without being read, and whoever lists sessions looks at the turns themselves.
 */
import type { IndexEntry } from './index-plan.ts';

/** A session, and milliseconds since the epoch that its marker is to reach. */
export type SessionMark = readonly [session: string, lastAt: number];

type Turn = Pick<IndexEntry, 'kind' | 'sessionId' | 'occurredAt'>;

/**
 * What the marker of a session has to reach, given the entry of a memory as it is to be and as it was: one
 * mark, or none if the memory is no turn, or if it was one of the same session and as late already.
 */
export function sessionMark(entry: Turn, before: Turn | null): SessionMark[] {
  const session = sessionOf(entry);
  if (session === null) return [];
  const lastAt = Date.parse(entry.occurredAt);
  const isKnown = before !== null && sessionOf(before) === session && Date.parse(before.occurredAt) >= lastAt;
  return isKnown ? [] : [[session, lastAt]];
}

/** One mark for each session: the latest. */
export function latestMarks(marks: readonly SessionMark[]): Map<string, number> {
  const latest = new Map<string, number>();
  for (const [session, lastAt] of marks) {
    latest.set(session, Math.max(lastAt, latest.get(session) ?? lastAt));
  }
  return latest;
}

function sessionOf({ kind, sessionId }: Turn): string | null {
  return kind === 'message' ? sessionId : null;
}
