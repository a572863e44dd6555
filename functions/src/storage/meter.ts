/**
 * Counts what each operation reads and writes, also while others run, as Firestore bills it: documents that came
 * back, missing ones included, at least one for each query; of an aggregation the entries that it counted, and of
 * a vector query those that it scanned, which the search tells (`countVectorScan`), many to a read; and the writes
 * of each commit that was answered.
 *
 * It stands in the two doors through which the Admin SDK (@google-cloud/firestore 9) sends everything, which
 * are not part of its documented interface. An SDK that has other doors loses the figures, never a call; a
 * test tells of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Firestore } from 'firebase-admin/firestore';
import { BILLING } from '../config.ts';

/** Documents that were read and written. */
export interface Footprint {
  readonly reads: number;
  readonly writes: number;
}

/** What one operation and, where it is part of another, that one read and wrote so far. */
interface Tally {
  reads: number;
  writes: number;
  readonly outer: Tally | undefined;
}

interface Stream {
  emit(event: string, ...args: unknown[]): boolean;
}

interface Doors {
  request(method: string, body: unknown, ...rest: unknown[]): Promise<unknown>;
  requestStream(method: string, ...rest: unknown[]): Promise<Stream>;
}

/** The tally of the operation that the present code belongs to. */
const running = new AsyncLocalStorage<Tally>();

const metered = new WeakSet<object>();

/** Puts the meter into the doors of a database, once; does nothing where it finds no such doors. */
export function installMeter(database: object): void {
  if (metered.has(database) || !hasDoors(database)) return;
  const { request, requestStream } = database;
  const doors: Doors = {
    request: async (method, body, ...rest) => {
      const answer = await request.call(database, method, body, ...rest);
      const tally = running.getStore();
      if (method === 'commit') count(tally, 'writes', writesOf(body));
      return answer;
    },
    requestStream: async (method, ...rest) => {
      const tally = running.getStore();
      const stream = await requestStream.call(database, method, ...rest);
      if (tally !== undefined) countDocuments(stream, tally);
      return stream;
    },
  };
  Object.assign(database, doors);
  metered.add(database);
}

/** Runs `work` and tells, at any time, what it has read and written so far; null if that is not known. */
export function measure<T>(
  database: Firestore,
  work: () => Promise<T>,
): { readonly result: Promise<T>; footprint(): Footprint | null } {
  const tally: Tally = { reads: 0, writes: 0, outer: running.getStore() };
  const result = running.run(tally, work);
  return {
    result,
    footprint: () => (metered.has(database) ? { reads: tally.reads, writes: tally.writes } : null),
  };
}

/**
 * Counts what a vector query scanned besides the documents that it returned: every entry of the index that its
 * conditions let pass. No answer tells how many these are.
 */
export function countVectorScan(entries: number): void {
  count(running.getStore(), 'reads', Math.ceil(entries / BILLING.VECTOR_ENTRIES));
}

function hasDoors(database: object): database is Doors {
  const doors = ['request', 'requestStream'].map((name): unknown => Reflect.get(database, name));
  return doors.every((door) => typeof door === 'function');
}

function count(tally: Tally | undefined, name: keyof Footprint, n: number): void {
  for (let each = tally; each !== undefined; each = each.outer) each[name] += n;
}

function writesOf(body: unknown): number {
  const writes: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'writes') : null;
  return Array.isArray(writes) ? writes.length : 0;
}

/** Counts the documents of a stream, or the entries that were counted for it; at least one. */
function countDocuments(stream: Stream, tally: Tally): void {
  count(tally, 'reads', 1);
  if (typeof stream?.emit !== 'function') return;
  const emit = stream.emit.bind(stream);
  let documents = 0;
  stream.emit = (event, ...args) => {
    if (event === 'data') count(tally, 'reads', Math.max(0, readsOfCount(args[0]) - 1));
    if (event === 'data' && isDocument(args[0])) {
      documents += 1;
      if (documents > 1) count(tally, 'reads', 1);
    }
    return emit(event, ...args);
  };
}

/** Other messages carry a transaction's id, or the time of a read, alone. */
function isDocument(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return ['found', 'missing', 'document'].some((name) => Boolean(Reflect.get(message, name)));
}

/** The reads of the answer to a count; 0 of any other message. */
function readsOfCount(message: unknown): number {
  const counts = Object.values(objectIn(objectIn(message, 'result'), 'aggregateFields'));
  const entries = counts.map((value) => Number(Reflect.get(objectIn({ value }, 'value'), 'integerValue')));
  return Math.max(0, ...entries.filter(Number.isFinite).map((n) => Math.ceil(n / BILLING.COUNTED_ENTRIES)));
}

function objectIn(holder: unknown, name: string): object {
  const value: unknown = typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : null;
  return typeof value === 'object' && value !== null ? value : {};
}
