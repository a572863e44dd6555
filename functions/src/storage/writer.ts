/** Where the write path writes to: a transaction that has read what it changes, or a commit that read nothing. */
import type { DocumentReference } from 'firebase-admin/firestore';
import { FieldPath, FieldValue } from 'firebase-admin/firestore';
import type { StatsDelta } from '../core/stats.ts';
import type { DocumentData, Transaction, WriteBatch } from './database.ts';

/** What the write path does to documents. Nothing is sent before the commit. */
export interface Writer {
  /** Writes a whole document of a memory: the memory, a revision, its entry, a receipt. */
  put(reference: DocumentReference, data: DocumentData): void;
  /** Writes the other fields of a document of which some are there. */
  fill(reference: DocumentReference, data: DocumentData): void;
  /** Says which memory has a content. */
  claim(reference: DocumentReference, memoryId: string): void;
  /** Adds a difference to the counters of a shard. */
  count(reference: DocumentReference, delta: StatsDelta): void;
  /** Raises numbers to at least these, whatever they are. Writers do not wait for each other's reads. */
  raise(reference: DocumentReference, least: Readonly<Record<string, number>>): void;
  delete(reference: DocumentReference): void;
}

/** Stands before each tag in the counters, as Firestore reserves field names such as `__x__`. */
export const TAG_PREFIX = '#';

/** Writes within a transaction, whose reads have told what is there. */
export function transactionWriter(transaction: Transaction): Writer {
  return {
    put: (reference, data) => void transaction.set(reference, data),
    fill: (reference, data) => void transaction.update(reference, data),
    claim: (reference, memoryId) => void transaction.set(reference, { memoryId }),
    count: (reference, delta) => void transaction.set(reference, increments(delta), { merge: true }),
    raise: (reference, least) => void transaction.set(reference, maxima(least), { merge: true }),
    delete: (reference) => void transaction.delete(reference),
  };
}

/**
 * Writes without having read anything: the commit fails as a whole if one of the documents is there already,
 * or if the counters are not. Claims are presumed free only where that is asked for.
 */
export function blindWriter(batch: WriteBatch, claims: 'free' | 'any'): Writer {
  return {
    put: (reference, data) => void batch.create(reference, data),
    claim: (reference, memoryId) => {
      if (claims === 'free') batch.create(reference, { memoryId });
      else batch.set(reference, { memoryId });
    },
    count: (reference, delta) => {
      const [[field, value] = [], ...others] = pathIncrements(delta);
      if (field !== undefined) batch.update(reference, field, value, ...others.flat());
    },
    raise: (reference, least) => void batch.set(reference, maxima(least), { merge: true }),
    fill: unread,
    delete: unread,
  };
}

function unread(): never {
  throw new Error('What was not read can only be created.');
}

/** The counters as increments. An empty map is left out: merged, it would wipe what is stored. */
function increments(delta: StatsDelta): DocumentData {
  return {
    count: FieldValue.increment(delta.count),
    bytes: FieldValue.increment(delta.bytes),
    ...(delta.byKind.size > 0 && { byKind: byName(delta.byKind, '') }),
    ...(delta.byTag.size > 0 && { byTag: byName(delta.byTag, TAG_PREFIX) }),
  };
}

/** The same as single fields: an update would replace a map as a whole. */
function pathIncrements(delta: StatsDelta): [FieldPath, FieldValue][] {
  const named = (map: string, counts: ReadonlyMap<string, number>, prefix: string) =>
    [...counts].map(([name, n]): [FieldPath, FieldValue] => [
      new FieldPath(map, prefix + name),
      FieldValue.increment(n),
    ]);
  return [
    [new FieldPath('count'), FieldValue.increment(delta.count)],
    [new FieldPath('bytes'), FieldValue.increment(delta.bytes)],
    ...named('byKind', delta.byKind, ''),
    ...named('byTag', delta.byTag, TAG_PREFIX),
  ];
}

function maxima(least: Readonly<Record<string, number>>): DocumentData {
  return Object.fromEntries(Object.entries(least).map(([field, n]) => [field, FieldValue.maximum(n)]));
}

function byName(counts: ReadonlyMap<string, number>, prefix: string): DocumentData {
  return Object.fromEntries(
    [...counts].map(([name, difference]) => [prefix + name, FieldValue.increment(difference)]),
  );
}
