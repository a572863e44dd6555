/**
 * The list of sessions. Markers give the order and nothing else: what is told of a session is counted and
 * read from its turns.
 */
import type { DocumentSnapshot, Query } from 'firebase-admin/firestore';
import { FieldPath, Timestamp } from 'firebase-admin/firestore';
import { SCAN, SESSIONS } from '../config.ts';
import type { Memory, SessionListResponse, SessionSummary } from '../contract/types.ts';
import { type CursorBinding, type CursorPosition, openCursor, sealCursor } from '../core/cursor.ts';
import { previewOf } from '../core/preview.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { SpacePaths } from './paths.ts';
import { inOrder, turnsOf, visible } from './queries.ts';

/** What one call has read so far, shared by what it does side by side. */
interface Spent {
  turns: number;
}

interface Scope {
  readonly paths: SpacePaths;
  readonly call: CallContext;
  readonly spent: Spent;
}

/** Milliseconds of the last time that Firestore, or a `Date`, can hold; markers below it are numbers. */
export const LAST_TIME = 8.64e15;

/** The last nanosecond of a millisecond: stored times may be finer than ours. */
const LAST_NANOSECOND = 999_999;

/**
 * Reads one page of the sessions that have living turns, by the time of their markers, and within the page by
 * the time of their last turn. A page is short where markers of ended sessions, or expired turns, are many.
 */
export async function listSessions(
  paths: SpacePaths,
  request: { readonly limit: number; readonly cursor: string | undefined },
  binding: CursorBinding,
  call: CallContext,
): Promise<SessionListResponse> {
  const ordered = paths.sessions
    .where('lastAt', '<=', LAST_TIME)
    .orderBy('lastAt', 'desc')
    .orderBy(FieldPath.documentId(), 'desc');
  let position: CursorPosition | null =
    request.cursor === undefined ? null : openCursor(request.cursor, binding);
  const scope: Scope = { paths, call, spent: { turns: 0 } };
  const sessions: SessionSummary[] = [];
  for (let looked = 0; ; ) {
    const wanted = Math.min(SESSIONS.CHUNK, request.limit - sessions.length);
    const rest: Query = position === null ? ordered : ordered.startAfter(...position);
    // One more than is looked at tells whether there is a next one.
    const { docs } = await rest.limit(wanted + 1).get();
    const markers = docs.slice(0, wanted);
    const found = await Promise.all(markers.map(({ id }) => summarize(id, scope)));
    sessions.push(...found.filter((summary) => summary !== null));
    looked += markers.length;
    const last = markers.at(-1);
    const isLastPage = docs.length <= wanted || last === undefined;
    if (!isLastPage) position = [Number(last.get('lastAt')), last.id];
    const isFull = sessions.length === request.limit;
    const isTired = looked >= SESSIONS.MAX_MARKERS || scope.spent.turns >= SESSIONS.MAX_DOCUMENTS;
    if (isLastPage || isFull || isTired) {
      const nextCursor = isLastPage || position === null ? null : sealCursor(position, binding);
      return { sessions: sessions.sort(byLastTurn), nextCursor };
    }
    call.signal?.throwIfAborted();
  }
}

/** The last spoken in first; equal ones by id, as the markers are. */
function byLastTurn(a: SessionSummary, b: SessionSummary): number {
  if (a.lastAt !== b.lastAt) return Date.parse(b.lastAt) - Date.parse(a.lastAt);
  return a.id < b.id ? 1 : -1;
}

/** What is told of a session, or null if no living turn is left of it. */
async function summarize(id: string, scope: Scope): Promise<SessionSummary | null> {
  const turns = turnsOf(scope.paths, id);
  const [count, begin, end] = await Promise.all([
    countLiving(id, scope),
    readOn(inOrder(turns, 'asc'), 1, null, scope),
    readOn(inOrder(turns, 'desc'), 1, null, scope),
  ]);
  if (count <= 0) return null;
  const [first, last] = await Promise.all([
    firstLiving(inOrder(turns, 'asc'), begin, scope),
    firstLiving(inOrder(turns, 'desc'), end, scope),
  ]);
  // Both are missing iff the session ended meanwhile.
  if (first === null || last === null) return null;
  return {
    id,
    count,
    firstAt: first.occurredAt,
    lastAt: last.occurredAt,
    preview: previewOf(last.text),
  };
}

/** Counts by indexes alone: all turns less the expired ones. */
async function countLiving(session: string, { paths, call }: Scope): Promise<number> {
  const { seconds, nanoseconds } = Timestamp.fromMillis(call.now);
  const now = new Timestamp(seconds, nanoseconds + LAST_NANOSECOND);
  const turns = turnsOf(paths, session);
  const [all, expired] = await Promise.all([
    // In order, since there is an index for that.
    inOrder(turns, 'desc').count().get(),
    turns.where('expiresAt', '<=', now).count().get(),
  ]);
  return all.data().count - expired.data().count;
}

interface Read {
  readonly documents: readonly DocumentSnapshot[];
  /** True iff the query has no more. */
  readonly isAll: boolean;
}

async function readOn(
  query: Query,
  limit: number,
  after: DocumentSnapshot | null,
  { spent }: Scope,
): Promise<Read> {
  const { docs } = await (after === null ? query : query.startAfter(after)).limit(limit).get();
  spent.turns += docs.length;
  return { documents: docs, isAll: docs.length < limit };
}

/**
 * The first living turn of a query of which `read` is known; null if there is none. It reads past all expired
 * turns, since Firestore deletes them within a day or so; what bounds it is the deadline of the call.
 */
async function firstLiving(query: Query, read: Read, scope: Scope): Promise<Memory | null> {
  for (let known = read; ; ) {
    for (const document of known.documents) {
      const memory = visible(document, scope.paths, scope.call);
      if (memory !== null) return memory;
    }
    const last = known.documents.at(-1);
    if (known.isAll || last === undefined) return null;
    scope.call.signal?.throwIfAborted();
    known = await readOn(query, SCAN.CHUNK, last, scope);
  }
}
