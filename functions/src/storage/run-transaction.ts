/** The one way in which a transaction that writes is run. */
import type { Firestore, Transaction } from './database.ts';
import { isAboutTransaction } from './translate-error.ts';

/** How often a transaction is begun anew after it had been closed. */
const MAX_ROUNDS = 3;

/**
 * Runs a transaction, and again when Firestore says that it was over in words which the SDK does not know: that
 * is what a commit hears which was applied and is sent once more by the gRPC layer. `work` may run several times
 * anyway, as the SDK repeats a transaction whose answer was lost; it has no effects but through its transaction,
 * and knows its own effect or may have it twice.
 * @throws what `work` throws, and Firestore's own errors
 */
export async function runTransaction<R>(
  database: Firestore,
  work: (transaction: Transaction) => Promise<R>,
  options: { readonly maxAttempts?: number } = {},
): Promise<R> {
  for (let round = 1; ; round += 1) {
    try {
      return await database.runTransaction(work, options);
    } catch (error) {
      if (!isAboutTransaction(error) || round === MAX_ROUNDS) throw error;
    }
  }
}
