/**
 * What Firestore would bill for a search, counted apart from the meter of the functions: the bench knows how many
 * entries its spaces have, and so how many of them a vector query scans.
 */
import { BILLING } from '../../functions/src/config.ts';
import type { Firestore } from '../../functions/src/storage/database.ts';

/** Reads of one search. */
export interface Bill {
  /** Documents that came back; 1 for a query that found none. */
  readonly documents: number;
  /** Index entries that vector queries scanned, a hundred to a read. */
  readonly scanned: number;
  /** Index entries that aggregations counted, a thousand to a read. */
  readonly counted: number;
}

/** A vector query as it was sent. */
export interface SentQuery {
  readonly fields: readonly string[];
  readonly limit: number;
  readonly vector: readonly number[];
  readonly vectorField: string;
  readonly distanceMeasure: string;
  /** The condition as JSON. */
  readonly where: string;
}

/** Listens at the door of a database. One search at a time. */
export class Billing {
  #documents = 0;
  #scans = 0;
  #counted = 0;
  #sent: SentQuery | null = null;

  /**
   * Begins to listen.
   * @throws Error if the Admin SDK has no such door any more
   */
  constructor(database: Firestore) {
    const requestStream: unknown = Reflect.get(database, 'requestStream');
    if (typeof requestStream !== 'function') throw new Error('The Admin SDK has changed.');
    Reflect.set(database, 'requestStream', async (method: string, ...rest: unknown[]) => {
      const stream: unknown = await Reflect.apply(requestStream, database, [method, ...rest]);
      this.#listen(method, rest[1], stream);
      return stream;
    });
  }

  /** Forgets what came before. */
  begin(): void {
    this.#documents = 0;
    this.#scans = 0;
    this.#counted = 0;
  }

  /** What came since, in a space of so many entries. */
  end(entries: number): Bill {
    const scanned = this.#scans * Math.ceil(entries / BILLING.VECTOR_ENTRIES);
    return { documents: this.#documents, scanned, counted: this.#counted };
  }

  /**
   * The last vector query.
   * @throws Error if there was none
   */
  sent(): SentQuery {
    if (this.#sent === null) throw new Error('The search has made no vector query.');
    return this.#sent;
  }

  #listen(method: string, request: unknown, stream: unknown): void {
    if (typeof stream !== 'object' || stream === null || !('emit' in stream)) return;
    const query = at(request, 'structuredQuery');
    if (at(query, 'findNearest') !== undefined) {
      this.#scans += 1;
      this.#sent = sentQuery(query);
    }
    const { emit } = stream;
    let documents = 0;
    if (typeof emit !== 'function') return;
    Reflect.set(stream, 'emit', (event: string, ...args: unknown[]) => {
      const message = args[0];
      if (event === 'data' && method === 'runAggregationQuery') this.#counted += readsOfCount(message);
      else if (event === 'data' && isDocument(message)) {
        documents += 1;
        this.#documents += 1;
      } else if (event === 'end' && documents === 0 && method === 'runQuery') this.#documents += 1;
      return Reflect.apply(emit, stream, [event, ...args]);
    });
  }
}

/** All reads of a bill. */
export function total({ documents, scanned, counted }: Bill): number {
  return documents + scanned + counted;
}

function isDocument(message: unknown): boolean {
  return ['found', 'missing', 'document'].some((name) => Boolean(at(message, name)));
}

function readsOfCount(message: unknown): number {
  const fields = at(message, 'result', 'aggregateFields');
  const entries = Object.values(Object(fields)).map((value) => Number(at(value, 'integerValue')));
  return Math.max(1, ...entries.map((n) => Math.ceil(n / BILLING.COUNTED_ENTRIES)));
}

function sentQuery(query: unknown): SentQuery {
  const values = at(
    query,
    'findNearest',
    'queryVector',
    'mapValue',
    'fields',
    'value',
    'arrayValue',
    'values',
  );
  return {
    fields: list(at(query, 'select', 'fields')).map((field) => String(at(field, 'fieldPath'))),
    limit: Number(at(query, 'findNearest', 'limit', 'value')),
    vector: list(values).map((value) => Number(at(value, 'doubleValue') ?? at(value, 'integerValue'))),
    vectorField: String(at(query, 'findNearest', 'vectorField', 'fieldPath')),
    distanceMeasure: String(at(query, 'findNearest', 'distanceMeasure')),
    where: JSON.stringify(at(query, 'where')),
  };
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (holder, name) =>
      typeof holder === 'object' && holder !== null ? (Reflect.get(holder, name) ?? undefined) : undefined,
    value,
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
