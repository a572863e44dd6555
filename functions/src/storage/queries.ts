/** Pages of memories: filtered exactly, in a stable order, with cursors that hold while others write. */
import type { DocumentSnapshot, Query, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { FieldPath, Timestamp } from 'firebase-admin/firestore';
import * as logger from 'firebase-functions/logger';
import { SCAN } from '../config.ts';
import type { Memory, Order } from '../contract/types.ts';
import { type CursorBinding, type CursorPosition, openCursor, sealCursor } from '../core/cursor.ts';
import { digest } from '../core/dedupe.ts';
import { type FilterTree, passes } from '../core/filter.ts';
import { EQUALITY_ORDERS, type PushedRange, pushedEquality, pushedRanges } from '../core/filter-pushdown.ts';
import { isExpired } from '../core/memory.ts';
import { StorageError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import { decodeMemory, toTimestamp } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';

/** One page that is asked for. */
export interface PageRequest {
  readonly filter: FilterTree;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** One page. It may be short, even empty, while there is a cursor: the scan of one call is bounded. */
export interface Page {
  readonly memories: Memory[];
  readonly nextCursor: string | null;
}

const TIME_FIELDS = new Set(['createdAt', 'occurredAt', 'updatedAt']);

/** Reads one page of a space in an order; documents with equal values come in the order of their ids. */
export function listPage(
  paths: SpacePaths,
  request: PageRequest & { readonly order: Order },
  binding: CursorBinding,
  call: CallContext,
): Promise<Page> {
  const { field } = request.order;
  return scan(filteredQuery(paths, request.filter, request.order), [field], request, {
    paths,
    binding,
    call,
  });
}

/** The memories that may pass the filter, in an order: too many of them maybe, never too few. */
export function filteredQuery(paths: SpacePaths, filter: FilterTree, { field, direction }: Order): Query {
  let query: Query = paths.memories;
  const equality = EQUALITY_ORDERS.has(field) ? pushedEquality(filter) : null;
  if (equality !== null) query = query.where(equality.field, equality.operator, equality.value);
  for (const { operator, value } of pushedRanges(filter, field)) {
    query = TIME_FIELDS.has(field)
      ? whereTime(query, field, operator, String(value))
      : query.where(field, operator, value);
  }
  return query.orderBy(field, direction).orderBy(FieldPath.documentId(), direction);
}

/** Reads the newest window of a session's turns, newest first. */
export function sessionPage(
  paths: SpacePaths,
  session: string,
  request: PageRequest,
  binding: CursorBinding,
  call: CallContext,
): Promise<Page> {
  const query = inOrder(turnsOf(paths, session), 'desc');
  return scan(query, ['occurredAt', 'seq'], request, { paths, binding, call });
}

/** The turns of a session: the one definition of what belongs to it. */
export function turnsOf(paths: SpacePaths, session: string): Query {
  return paths.memories.where('sessionId', '==', session).where('kind', '==', 'message');
}

/** Turns in the order in which they were said, or against it. */
export function inOrder(turns: Query, direction: 'asc' | 'desc'): Query {
  return turns
    .orderBy('occurredAt', direction)
    .orderBy('seq', direction)
    .orderBy(FieldPath.documentId(), direction);
}

/** Stored times may be finer than the milliseconds that a filter compares: `<=` takes in the whole one. */
function whereTime(query: Query, field: string, operator: PushedRange['operator'], iso: string): Query {
  if (operator !== '<=') return query.where(field, operator, toTimestamp(iso));
  const whole = toTimestamp(iso);
  return query.where(field, '<=', new Timestamp(whole.seconds, whole.nanoseconds + LAST_NANOSECOND));
}

/** The last nanosecond of a millisecond. */
const LAST_NANOSECOND = 999_999;

interface ScanScope {
  readonly paths: SpacePaths;
  readonly binding: CursorBinding;
  readonly call: CallContext;
}

/** Reads on until the page is full, the query ends, or one call has read enough. */
async function scan(
  query: Query,
  fields: readonly string[],
  request: PageRequest,
  { paths, binding, call }: ScanScope,
): Promise<Page> {
  const memories: Memory[] = [];
  let position = request.cursor === undefined ? null : openCursor(request.cursor, binding);
  let next = position === null ? query : query.startAfter(...toStored(fields, position));
  const close = (more: boolean): Page => ({
    memories,
    nextCursor: more && position !== null ? sealCursor(position, binding) : null,
  });
  for (let read = 0; read < SCAN.MAX_DOCUMENTS; ) {
    call.signal?.throwIfAborted();
    // One more than the page needs tells whether there is a next one.
    const wanted = Math.max(request.limit - memories.length + 1, read === 0 ? 0 : SCAN.CHUNK);
    const { docs } = await next.limit(wanted).get();
    for (const document of docs) {
      const memory = visible(document, paths, call);
      const passed = memory !== null && passes(request.filter, memory) ? memory : null;
      if (passed !== null && memories.length === request.limit) return close(true);
      if (passed !== null) memories.push(passed);
      position = positionOf(fields, document) ?? position;
    }
    const last = docs.at(-1);
    if (last === undefined || docs.length < wanted) return close(false);
    next = query.startAfter(last);
    read += docs.length;
  }
  return close(true);
}

/**
 * The memory of a document, or null if it is missing, expired or damaged. One damaged document, which only an
 * administrator can have written, must not make the whole space unreadable; it is reported to the log.
 */
export function visible(document: DocumentSnapshot, paths: SpacePaths, call: CallContext): Memory | null {
  try {
    const memory = decodeMemory(document, paths)?.record.memory ?? null;
    return memory === null || isExpired(memory, call.now) ? null : memory;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { code, details } = error;
    logger.error('damaged memory left out', { code, ...details, document: digest(document.ref.path) });
    return null;
  }
}

/**
 * Where a page ended; times are kept to the nanosecond, as Firestore orders by them. Null for a document
 * whose values are not of the right type, which only an administrator can have written: the next page then
 * begins after the one before it.
 */
export function positionOf(
  fields: readonly string[],
  document: QueryDocumentSnapshot,
): CursorPosition | null {
  const values: (string | number)[] = [];
  for (const field of fields) {
    const value: unknown = document.get(field);
    if (TIME_FIELDS.has(field)) {
      if (!(value instanceof Timestamp)) return null;
      values.push(`${value.seconds}:${value.nanoseconds}`);
    } else {
      if (typeof value !== 'number' || !Number.isFinite(value)) return null;
      values.push(value);
    }
  }
  return [...values, document.id];
}

/** The values of a position, as a query takes them. */
export function toStored(fields: readonly string[], position: CursorPosition): unknown[] {
  return position.map((value, place) => {
    if (!TIME_FIELDS.has(fields[place] ?? '') || typeof value !== 'string') return value;
    const [seconds, nanoseconds] = value.split(':').map(Number);
    return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
  });
}
