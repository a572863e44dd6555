/** One change and its receipt in one transaction: made once for its key, answered the same from then on. */
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore, Transaction } from './database.ts';
import type { Keeping } from './keeping.ts';
import type { SpacePaths } from './paths.ts';
import { encodeReceipt, type RequestIdentity, receiptId, unlessAnswered } from './receipts.ts';
import { runTransaction } from './run-transaction.ts';
import { type TransactionReads, withReads } from './transaction-reads.ts';
import { MAX_ATTEMPTS, type Outcome } from './write-path.ts';

/** A change that is not one of memories: of agent data, of the directory of a tenant. */
export interface OneChange<A> {
  readonly identity: RequestIdentity;
  /** The space that keeps the receipt. */
  readonly paths: SpacePaths;
  readonly call: CallContext;
  /**
   * Refuses whom even a stored answer is not for, and says how long receipts are kept. Runs beside `decide`; its
   * error is the one that counts.
   */
  admit(reads: TransactionReads): Promise<Pick<Keeping, 'receiptMs'>>;
  /** Reads and decides, and writes nothing yet. May run several times; has no effects. */
  decide(reads: TransactionReads, transaction: Transaction): Promise<OneDecision<A>>;
}

/** What a change decided: its answer, and what it writes. */
export interface OneDecision<A> {
  readonly answer: A;
  /** There is more to do, in another transaction: the answer is none so far, and no receipt is written. */
  readonly isUnfinished?: boolean;
  write(transaction: Transaction): unknown;
}

/** What one transaction of a change came to. */
export interface OneOutcome<A> extends Outcome<A> {
  readonly isUnfinished: boolean;
}

/**
 * Makes the change, unless its key has a stored answer. Without a key there is no receipt.
 * @throws what `admit` and `decide` throw; OperationError (`failed-precondition`, reason `key-reused`);
 *   Firestore's own errors
 */
export function answerOnce<A>(database: Firestore, change: OneChange<A>): Promise<OneOutcome<A>> {
  const { identity, paths, call } = change;
  const work = async (transaction: Transaction): Promise<OneOutcome<A>> => {
    call.signal?.throwIfAborted();
    const receipt = identity.key === undefined ? null : paths.receipt(receiptId(identity.key, call));
    const [outcome, keeping] = await withReads(transaction, (reads) => {
      const stored = receipt === null ? null : reads.document(receipt);
      return Promise.all([
        unlessAnswered(change.decide(reads, transaction), stored, identity, call),
        change.admit(reads),
      ]);
    });
    // What is in a receipt was put there by the same operation, as the hash of its body says.
    if ('replay' in outcome) return { answer: outcome.replay as A, replayed: true, isUnfinished: false };
    const { answer, isUnfinished = false, write } = outcome.decision;
    write(transaction);
    if (receipt !== null && !isUnfinished) {
      transaction.set(receipt, encodeReceipt(identity, answer, call, keeping));
    }
    return { answer, replayed: false, isUnfinished };
  };
  return runTransaction(database, work, { maxAttempts: MAX_ATTEMPTS });
}
