/**
 * The one write path. Every mutation, whichever door it came through, is one commit that holds the memories,
 * their revisions, their index entries, claims, the counters and the receipt: all of it, or nothing. It is that
 * of a transaction, but for the creation of memories that nobody can know yet, which needs to read nothing, and for
 * changes that write all that they depend on, which lock nothing.
 */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import { isPending, planIndex } from '../core/index-plan.ts';
import { lifeFrom, type MemoryRecord } from '../core/memory.ts';
import { latestMarks, type SessionMark, sessionMark } from '../core/session-mark.ts';
import { type Counted, isZero, statsDelta, statsShard } from '../core/stats.ts';
import { OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore, Transaction, WriteBatch } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { type EmbeddingCache, EmbeddingNeeded } from './embeddings.ts';
import { decodeCounted, decodeEntry, encodeEntry } from './entry-codec.ts';
import { forgettingPast, leavesSomething } from './forget-by-hand.ts';
import { historyEnd, type Keeping } from './keeping.ts';
import { encodeMemory } from './memory-codec.ts';
import { openCounters } from './open-counters.ts';
import type { SpacePaths } from './paths.ts';
import { encodeReceipt, type RequestIdentity, receiptId, unlessAnswered } from './receipts.ts';
import { runTransaction } from './run-transaction.ts';
import { flip, type Staging } from './staging.ts';
import { type TransactionReads, withReads } from './transaction-reads.ts';
import { statusOf } from './translate-error.ts';
import { changeUnlocked, LockNeeded } from './unlocked-change.ts';
import { WORTH_A_TRANSACTION } from './worth-a-transaction.ts';
import { blindWriter, transactionWriter, type Writer } from './writer.ts';

/** One memory that changes: what it was, what it is to be. Both null means that nothing is known of it. */
export interface MemoryChange {
  readonly id: string;
  readonly before: MemoryRecord | null;
  readonly after: MemoryRecord | null;
  /** Its time was over: it is deleted without a revision, as Firestore itself would delete it. */
  readonly lapsed?: true;
  /** What is derived from it is derived anew, whatever the entry says of itself: it cannot be trusted. */
  readonly afresh?: true;
}

/** What a mutation decided inside its transaction. */
export interface Decision<R> {
  readonly changes: readonly MemoryChange[];
  /** It was applied before: nothing is written, and no receipt, which may have gone on since. */
  readonly isDone?: true;
  /** The request is not done yet: the answer is kept for its next transaction, and is no answer so far. */
  readonly unfinished?: boolean;
  readonly answer: R;
  /** Writes something else in the same transaction: the step of a job, the end of a session. */
  also?(transaction: Transaction): void;
}

/** What a mutation is made of. */
export interface Mutation<R> {
  readonly identity: RequestIdentity;
  readonly paths: SpacePaths;
  readonly call: CallContext;
  /** The memories that it may change: their entries are read together with what the decision needs first. */
  readonly ids: readonly string[];
  /** A decision that holds unless one of the documents that it creates is there: it is tried first. */
  readonly presumed?: Presumption<R>;
  /** It writes whatever it reads of memories and entries, and nothing by `also`: it is tried without a lock first. */
  readonly unlocked?: true;
  /** How long what it leaves behind is kept. */
  readonly keeping: Keeping;
  /** What of a large add was written before. */
  readonly staging?: Staging | undefined;
  /** Reads what it needs and decides. May run several times; has no effects. */
  decide(reads: TransactionReads, paths: SpacePaths): Promise<Decision<R>>;
}

/** A decision that was made without reading, of nothing but creations. */
export interface Presumption<R> extends Decision<R> {
  /** `free`: it holds only if nobody has claimed the contents. */
  readonly claims: 'free' | 'any';
}

/** What a mutation answers, and whether the answer is that of an earlier request with the same key. */
export interface Outcome<R> {
  readonly answer: R;
  readonly replayed: boolean;
}

/** Attempts of one transaction. Measured: 50 writers of one document settle within 4 s and 2 rounds. */
export const MAX_ATTEMPTS = 20;

/** The gRPC status of a commit that presumes a document which is missing. */
const NOT_FOUND = 5;

/** Vectors that a transaction may find missing one after another before it is given up. */
const MAX_EMBEDDING_ROUNDS = 3;

/** Runs a mutation. Every error but those of `decide` is Firestore's own, to be translated by the caller. */
export async function mutate<R>(
  database: Firestore,
  embeddings: EmbeddingCache,
  mutation: Mutation<R>,
): Promise<Outcome<R>> {
  const { presumed, unlocked, ...decided } = mutation;
  const outcome = presumed === undefined ? null : await commitBlind(database, embeddings, decided, presumed);
  if (outcome !== null) return outcome;
  if (unlocked) {
    const changed = await changeUnlocked(database, decided, (reads, writer) =>
      readAndWrite(reads, writer, embeddings, decided),
    );
    if (changed !== null) return changed;
  }
  const { signal } = mutation.call;
  return transact(database, embeddings, (transaction) => attempt(transaction, embeddings, decided), signal);
}

/**
 * Runs a transaction; when it finds a vector missing, makes that outside of it and runs it again. `work` may run
 * several times, see `runTransaction`.
 */
export async function transact<R>(
  database: Firestore,
  embeddings: EmbeddingCache,
  work: (transaction: Transaction) => Promise<R>,
  signal?: AbortSignal,
): Promise<R> {
  for (let round = 1; ; round += 1) {
    try {
      return await runTransaction(database, work, { maxAttempts: MAX_ATTEMPTS });
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
 * Commits a presumption, in one round trip and without a lock. Every document of it is to be new, and the
 * counters are to be there: they are missing in a space that is new, or that is being deleted. Null if it did
 * not hold, or if it is not known whether it was applied: the transaction that follows finds out.
 * @throws what Firestore throws if the commit cannot succeed; OperationError (`permission-denied`) if the space
 * is being deleted
 */
async function commitBlind<R>(
  database: Firestore,
  embeddings: EmbeddingCache,
  mutation: Mutation<R>,
  presumed: Presumption<R>,
): Promise<Outcome<R> | null> {
  for (const isFirst of [true, false]) {
    mutation.call.signal?.throwIfAborted();
    try {
      await blindBatch(database, embeddings, mutation, presumed).commit();
      return { answer: presumed.answer, replayed: false };
    } catch (error) {
      const isNew = isFirst && statusOf(error) === NOT_FOUND;
      if (isNew) await openCounters(database, mutation.paths);
      else if (error instanceof EmbeddingNeeded || WORTH_A_TRANSACTION.has(statusOf(error))) return null;
      else throw error;
    }
  }
  return null;
}

/** @throws EmbeddingNeeded if a vector is missing */
function blindBatch<R>(
  database: Firestore,
  embeddings: EmbeddingCache,
  { identity, paths, call, keeping }: Mutation<R>,
  { changes, claims, answer }: Presumption<R>,
): WriteBatch {
  const batch = database.batch();
  const writer = blindWriter(batch, claims);
  writeDerived(writer, paths, changes, [], embeddings);
  writeMemories(writer, paths, changes, call, keeping);
  if (identity.key !== undefined) {
    writer.put(paths.receipt(receiptId(identity.key, call)), encodeReceipt(identity, answer, call, keeping));
  }
  return batch;
}

/**
 * One attempt: reads first, then writes, as Firestore demands. May be run again by Firestore, but not for a
 * caller who no longer waits.
 */
async function attempt<R>(
  transaction: Transaction,
  embeddings: EmbeddingCache,
  mutation: Mutation<R>,
): Promise<Outcome<R>> {
  mutation.call.signal?.throwIfAborted();
  return withReads(transaction, async (reads) => {
    const [outcome] = await Promise.all([
      readAndWrite(reads, transactionWriter(transaction), embeddings, mutation, transaction),
      refuseDeletedSpace(reads, mutation.paths),
    ]);
    return outcome;
  });
}

async function readAndWrite<R>(
  reads: TransactionReads,
  writer: Writer,
  embeddings: EmbeddingCache,
  { identity, paths, call, ids, keeping, decide, staging }: Mutation<R>,
  transaction?: Transaction,
): Promise<Outcome<R>> {
  const receipt = identity.key === undefined ? null : paths.receipt(receiptId(identity.key, call));
  const stored = receipt === null ? null : reads.document(receipt);
  const [outcome] = await Promise.all([
    unlessAnswered(decide(reads, paths), stored, identity, call),
    reads.documents(ids.map(paths.entry)),
  ]);
  if ('replay' in outcome) return { answer: outcome.replay as R, replayed: true };
  const { changes, isDone, unfinished = false, answer, also } = outcome.decision;
  if (isDone) return { answer, replayed: false };
  const entries = await reads.documents(changes.map(({ id }) => paths.entry(id)));
  const staged = await staging?.found(
    reads,
    changes.map(({ id }) => id),
  );
  const changed = changes.filter(({ before, after }) => before !== null && after !== null);
  const followed = await reads.documents(changed.map(({ id }) => paths.memory(id)));
  const states = changes.map(({ before, after }, n) => ({ entry: entries[n], states: [before, after] }));
  if (transaction === undefined && states.some(leavesSomething)) throw new LockNeeded();
  const forgetPast = transaction && (await forgettingPast(transaction, paths, states));
  // Writes begin here.
  if (transaction !== undefined) forgetPast?.(transaction);
  const unembedded = writeDerived(writer, paths, changes, entries, embeddings, staged);
  const follows = new Map(
    followed.flatMap(({ id, updateTime }) =>
      updateTime === undefined || unembedded.has(id) ? [] : [[id, updateTime]],
    ),
  );
  writeMemories(writer, paths, changes, call, keeping, { staged, follows });
  if (transaction !== undefined) also?.(transaction);
  if (receipt !== null)
    writer.put(receipt, encodeReceipt(identity, answer, call, { ...keeping, unfinished }));
  return { answer, replayed: false };
}

const NOTHING: ReadonlySet<string> = new Set();

/** What is known of the documents of memories that are written. */
interface Documents {
  /** Those whose text and metadata are there already. */
  readonly staged?: ReadonlySet<string> | undefined;
  /**
   * When those that change were written last, where all that is derived of them is written as well: it is kept
   * with them, and tells the trigger that this change has left it nothing to do (see `isSettled`).
   */
  readonly follows?: ReadonlyMap<string, Timestamp>;
}

/** Writes memories as they are to be, and revisions of what they were. */
function writeMemories(
  writer: Writer,
  paths: SpacePaths,
  changes: readonly MemoryChange[],
  call: CallContext,
  keeping: Keeping,
  { staged = NOTHING, follows }: Documents = {},
): void {
  for (const { id, before, after, lapsed } of changes) {
    if (lapsed) writer.delete(paths.memory(id));
    if (before !== null) {
      const { memory, change, changedBy } = before;
      writer.put(paths.revision(id, memory.version), {
        version: memory.version,
        change,
        at: Timestamp.fromMillis(Date.parse(memory.updatedAt)),
        by: changedBy,
        memory: encodeMemory(before),
      });
    }
    if (after !== null && staged.has(id)) {
      writer.fill(paths.memory(id), flip(encodeMemory(after), 'memory'));
    } else if (after !== null) {
      const over = follows?.get(id);
      writer.put(paths.memory(id), { ...encodeMemory(after), ...(over !== undefined && { follows: over }) });
    } else if (before !== null) {
      writer.delete(paths.memory(id));
      const version = before.memory.version + 1;
      const at = Timestamp.fromMillis(call.now);
      const expiresAt = Timestamp.fromMillis(historyEnd(before.memory, call.now, keeping));
      const deletion = { version, change: 'delete', at, by: call.actor, memory: null, expiresAt };
      writer.put(paths.revision(id, version), { ...deletion, ...lifeFrom(before.firstVersion) });
    }
  }
}

/**
 * Writes what is derived from the memories as they are to be: index entries, claims, counters and the markers
 * of sessions. `entries` are the present entries in the order of `changes`. Of the memories that are `staged`,
 * the large fields of the entries are there already.
 * @returns the ids of those that are to be found by their words alone, as they could not be embedded
 * @throws EmbeddingNeeded if a vector is missing
 */
export function writeDerived(
  writer: Writer,
  paths: SpacePaths,
  changes: readonly Pick<MemoryChange, 'id' | 'after' | 'afresh'>[],
  entries: readonly DocumentSnapshot[],
  embeddings: EmbeddingCache,
  staged: ReadonlySet<string> = NOTHING,
): ReadonlySet<string> {
  const unembedded = new Set<string>();
  const shards = new Map<string, { before: Counted[]; after: Counted[] }>();
  const marks: SessionMark[] = [];
  for (const [place, { id, after, afresh }] of changes.entries()) {
    const snapshot = entries[place];
    const entry = snapshot === undefined || afresh ? null : decodeEntry(snapshot);
    const plan = planIndex(after, entry, embeddings);
    if (plan.action === 'embed') throw new EmbeddingNeeded(plan.text);
    const damaged = entry === null && snapshot?.exists === true;
    if (plan.action === 'none' && !damaged) continue;
    if (plan.action === 'write') {
      if (isPending(plan.entry)) unembedded.add(id);
      const { contentHash } = plan.entry;
      const document = encodeEntry(plan.entry);
      if (staged.has(id)) writer.fill(paths.entry(id), flip(document, 'entry'));
      else writer.put(paths.entry(id), document);
      if (entry?.contentHash !== contentHash) writer.claim(paths.claim(contentHash), id);
      marks.push(...sessionMark(plan.entry, entry));
    } else {
      writer.delete(paths.entry(id));
    }
    const shard = shards.get(statsShard(id)) ?? { before: [], after: [] };
    const counted = snapshot === undefined ? null : decodeCounted(snapshot);
    if (counted !== null) shard.before.push(counted);
    if (plan.action === 'write') shard.after.push(plan.entry.counted);
    shards.set(statsShard(id), shard);
  }
  for (const [shard, { before, after }] of shards) {
    const delta = statsDelta(before, after);
    if (!isZero(delta)) writer.count(paths.stats.doc(shard), delta);
  }
  for (const [session, lastAt] of latestMarks(marks)) {
    writer.raise(paths.session(session), { lastAt });
  }
  return unembedded;
}
