/**
 * The one write path. Every mutation, whichever door it came through, is one transaction that holds the
 * memories, their revisions, their index entries, the counters and the receipt: all of it, or nothing.
 */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { DEFAULTS } from '../config.ts';
import { contentHash } from '../core/dedupe.ts';
import { planIndex } from '../core/index-plan.ts';
import type { MemoryRecord } from '../core/memory.ts';
import { type Counted, isZero, type StatsDelta, statsDelta, statsShard } from '../core/stats.ts';
import { OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore, Transaction } from './database.ts';
import { type EmbeddingCache, EmbeddingNeeded } from './embeddings.ts';
import { decodeCounted, decodeEntry, encodeEntry } from './entry-codec.ts';
import { encodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { encodeReceipt, type RequestIdentity, receiptId, unlessAnswered } from './receipts.ts';
import { TransactionReads } from './transaction-reads.ts';

/** One memory that changes: what it was, what it is to be. Both null means that nothing is known of it. */
export interface MemoryChange {
  readonly id: string;
  readonly before: MemoryRecord | null;
  readonly after: MemoryRecord | null;
}

/** What a mutation decided inside its transaction. */
export interface Decision<R> {
  readonly changes: readonly MemoryChange[];
  /** The memories that claim their content, so that nobody adds it at the same time. */
  readonly claims?: readonly MemoryRecord[];
  readonly answer: R;
}

/** What a mutation is made of. */
export interface Mutation<R> {
  readonly identity: RequestIdentity;
  readonly paths: SpacePaths;
  readonly call: CallContext;
  /** The memories that it may change: their entries are read together with what the decision needs first. */
  readonly ids: readonly string[];
  /** Reads what it needs and decides. May run several times; has no effects. */
  decide(reads: TransactionReads, paths: SpacePaths): Promise<Decision<R>>;
}

/** What a mutation answers, and whether the answer is that of an earlier request with the same key. */
export interface Outcome<R> {
  readonly answer: R;
  readonly replayed: boolean;
}

/** Attempts of one transaction. Measured: 50 writers of one document settle within 4 s and 2 rounds. */
export const MAX_ATTEMPTS = 20;

/** Vectors that a transaction may find missing one after another before it is given up. */
const MAX_EMBEDDING_ROUNDS = 3;

/** Runs a mutation. Every error but those of `decide` is Firestore's own, to be translated by the caller. */
export function mutate<R>(
  database: Firestore,
  embeddings: EmbeddingCache,
  mutation: Mutation<R>,
): Promise<Outcome<R>> {
  const { signal } = mutation.call;
  return transact(database, embeddings, (transaction) => attempt(transaction, embeddings, mutation), signal);
}

/**
 * Runs a transaction; when it finds a vector missing, makes that outside of it and runs it again. `work`
 * may run several times and has no effects but through its transaction.
 */
export async function transact<R>(
  database: Firestore,
  embeddings: EmbeddingCache,
  work: (transaction: Transaction) => Promise<R>,
  signal?: AbortSignal,
): Promise<R> {
  for (let round = 1; ; round += 1) {
    try {
      return await database.runTransaction(work, { maxAttempts: MAX_ATTEMPTS });
    } catch (error) {
      if (!(error instanceof EmbeddingNeeded)) throw error;
      if (round === MAX_EMBEDDING_ROUNDS) throw contention(error);
      await embeddings.prepare([error.text], signal);
    }
  }
}

function contention(cause: unknown): OperationError {
  return new OperationError(
    'aborted',
    'Too many writers at once. Try again.',
    { reason: 'contention', collection: 'memories' },
    cause,
  );
}

/**
 * One attempt: reads first, then writes, as Firestore demands. May be run again by Firestore, but not for a
 * caller who no longer waits.
 */
async function attempt<R>(
  transaction: Transaction,
  embeddings: EmbeddingCache,
  { identity, paths, call, ids, decide }: Mutation<R>,
): Promise<Outcome<R>> {
  call.signal?.throwIfAborted();
  const receipt = identity.key === undefined ? null : paths.receipt(receiptId(identity.key, call));
  const reads = new TransactionReads(transaction);
  const stored = receipt === null ? null : reads.document(receipt);
  const [outcome] = await Promise.all([
    unlessAnswered(decide(reads, paths), stored, identity, call),
    reads.documents(ids.map(paths.entry)),
  ]);
  if ('replay' in outcome) return { answer: outcome.replay as R, replayed: true };
  const { changes, claims = [], answer } = outcome.decision;
  const entries = await reads.documents(changes.map(({ id }) => paths.entry(id)));
  // Writes begin here.
  writeMemories(transaction, paths, changes, call);
  writeDerived(transaction, paths, changes, entries, embeddings);
  for (const { memory } of claims) {
    const expiresAt = Timestamp.fromMillis(call.now + DEFAULTS.CLAIM_MS);
    transaction.set(paths.claim(contentHash(memory)), { memoryId: memory.id, expiresAt });
  }
  if (receipt !== null) transaction.set(receipt, encodeReceipt(identity, answer, call));
  return { answer, replayed: false };
}

function writeMemories(
  transaction: Transaction,
  paths: SpacePaths,
  changes: readonly MemoryChange[],
  call: CallContext,
): void {
  for (const { id, before, after } of changes) {
    if (before !== null) {
      const { memory, change, changedBy } = before;
      transaction.set(paths.revision(id, memory.version), {
        version: memory.version,
        change,
        at: Timestamp.fromMillis(Date.parse(memory.updatedAt)),
        by: changedBy,
        memory: encodeMemory(before),
      });
    }
    if (after !== null) {
      transaction.set(paths.memory(id), encodeMemory(after));
    } else if (before !== null) {
      transaction.delete(paths.memory(id));
      const version = before.memory.version + 1;
      const at = Timestamp.fromMillis(call.now);
      transaction.set(paths.revision(id, version), {
        version,
        change: 'delete',
        at,
        by: call.actor,
        memory: null,
      });
    }
  }
}

/**
 * Writes what is derived from the memories as they are to be: index entries and counters. `entries` are
 * the present entries in the order of `changes`.
 * @throws EmbeddingNeeded if a vector is missing
 */
export function writeDerived(
  transaction: Transaction,
  paths: SpacePaths,
  changes: readonly Pick<MemoryChange, 'id' | 'after'>[],
  entries: readonly DocumentSnapshot[],
  embeddings: EmbeddingCache,
): void {
  const shards = new Map<string, { before: Counted[]; after: Counted[] }>();
  for (const [place, { id, after }] of changes.entries()) {
    const snapshot = entries[place];
    const entry = snapshot === undefined ? null : decodeEntry(snapshot);
    const plan = planIndex(after?.memory ?? null, entry, embeddings);
    if (plan.action === 'embed') throw new EmbeddingNeeded(plan.text);
    const damaged = entry === null && snapshot?.exists === true;
    if (plan.action === 'none' && !damaged) continue;
    if (plan.action === 'write') transaction.set(paths.entry(id), encodeEntry(plan.entry));
    else transaction.delete(paths.entry(id));
    const shard = shards.get(statsShard(id)) ?? { before: [], after: [] };
    const counted = snapshot === undefined ? null : decodeCounted(snapshot);
    if (counted !== null) shard.before.push(counted);
    if (plan.action === 'write') shard.after.push(plan.entry.counted);
    shards.set(statsShard(id), shard);
  }
  for (const [shard, { before, after }] of shards) {
    const delta = statsDelta(before, after);
    if (!isZero(delta)) transaction.set(paths.stats.doc(shard), increments(delta), { merge: true });
  }
}

/** The counters as increments. An empty map is left out: merged, it would wipe what is stored. */
function increments(delta: StatsDelta) {
  return {
    count: FieldValue.increment(delta.count),
    bytes: FieldValue.increment(delta.bytes),
    ...(delta.byKind.size > 0 && { byKind: byName(delta.byKind, '') }),
    ...(delta.byTag.size > 0 && { byTag: byName(delta.byTag, TAG_PREFIX) }),
  };
}

/** Stands before each tag in the counters, as Firestore reserves field names such as `__x__`. */
export const TAG_PREFIX = '#';

function byName(counts: ReadonlyMap<string, number>, prefix: string) {
  return Object.fromEntries(
    [...counts].map(([name, difference]) => [prefix + name, FieldValue.increment(difference)]),
  );
}
