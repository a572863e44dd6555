/** Transactions that have all read before one of them commits. */
import type { Firestore } from '../../../functions/src/storage/database.ts';

/**
 * From now on each transaction of this process on a database waits before its commit until so many have come as far;
 * later ones, and those that are tried again, pass. The answer undoes that.
 */
export function meetBeforeCommit(database: Firestore, count: number): () => void {
  const { runTransaction } = database;
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let left = count;
  const meeting: typeof runTransaction = (work, options) =>
    runTransaction.call(
      database,
      async (transaction) => {
        const result = await work(transaction);
        left -= 1;
        if (left <= 0) resolve();
        await all;
        return result;
      },
      options,
    ) as ReturnType<typeof runTransaction<Awaited<ReturnType<typeof work>>>>;
  Object.assign(database, { runTransaction: meeting });
  return () => {
    Reflect.deleteProperty(database, 'runTransaction');
    resolve();
  };
}
