/**
 * The reads of one transaction, or of one change without a lock. The Admin SDK makes every read of a transaction
 * wait for its first one, so two reads that are asked for side by side are two round trips; here they are one.
 */
import type { DocumentReference, DocumentSnapshot, Query, QuerySnapshot } from 'firebase-admin/firestore';
import type { Firestore } from './database.ts';

/** Where documents are read. */
export interface ReadSource {
  getAll(...references: DocumentReference[]): Promise<DocumentSnapshot[]>;
  get(query: Query): Promise<QuerySnapshot>;
}

/** Reads that lock nothing. */
export function unlockedSource(database: Firestore): ReadSource {
  return {
    getAll: (...references) => database.getAll(...references),
    get: (query) => query.get(),
  };
}

interface Awaited {
  readonly reference: DocumentReference;
  readonly resolve: (snapshot: DocumentSnapshot) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Does `work` with the reads of a transaction, and ends when all of them have ended. Work that fails while one
 * of its reads is under way would have the transaction rolled back under that. Seen on the emulator: after such
 * failures transactions on other documents waited for a minute, as if for a lock that nobody held, and no
 * longer since the reads are waited for.
 */
export async function withReads<R>(
  source: ReadSource,
  work: (reads: TransactionReads) => Promise<R>,
): Promise<R> {
  const reads = new TransactionReads(source);
  try {
    return await work(reads);
  } finally {
    await reads.close();
  }
}

/** Joins the documents that are asked for in one turn into one `getAll`, and reads none of them twice. */
export class TransactionReads {
  readonly #source: ReadSource;
  readonly #found = new Map<string, DocumentSnapshot>();
  readonly #asked = new Map<string, Promise<DocumentSnapshot>>();
  readonly #underWay = new Set<Promise<unknown>>();
  #waiting: Awaited[] = [];
  #isClosed = false;

  constructor(source: ReadSource) {
    this.#source = source;
  }

  /** A document as it was read; undefined if it was not asked for, or has not come yet. */
  found(reference: DocumentReference): DocumentSnapshot | undefined {
    return this.#found.get(reference.path);
  }

  /** Reads a document. */
  document(reference: DocumentReference): Promise<DocumentSnapshot> {
    const known = this.#asked.get(reference.path);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = Promise.withResolvers<DocumentSnapshot>();
    this.#asked.set(reference.path, promise);
    this.#waiting.push({ reference, resolve, reject });
    if (this.#waiting.length === 1) queueMicrotask(() => void this.#send());
    return promise;
  }

  /** Reads documents, in their order. */
  documents(references: readonly DocumentReference[]): Promise<DocumentSnapshot[]> {
    return Promise.all(references.map((reference) => this.document(reference)));
  }

  /** Runs a query, which is a round trip of its own and locks what it looks at. */
  query(query: Query): Promise<QuerySnapshot> {
    return this.#isClosed ? Promise.reject(over()) : this.#track(this.#source.get(query));
  }

  /** Waits for the reads that are under way; whatever is asked for from now on is refused and not sent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
  }

  #track<T>(read: Promise<T>): Promise<T> {
    this.#underWay.add(read);
    const ended = () => this.#underWay.delete(read);
    read.then(ended, ended);
    return read;
  }

  async #send(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      if (this.#isClosed) throw over();
      const references = waiting.map(({ reference }) => reference);
      const snapshots = await this.#track(this.#source.getAll(...references));
      for (const snapshot of snapshots) this.#found.set(snapshot.ref.path, snapshot);
      for (const { reference, resolve, reject } of waiting) {
        const snapshot = this.#found.get(reference.path);
        if (snapshot === undefined) reject(new Error('Firestore left out a document that was asked for.'));
        else resolve(snapshot);
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

function over(): Error {
  return new Error('The reads of this transaction are over.');
}
