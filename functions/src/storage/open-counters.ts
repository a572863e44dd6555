/** The counters of a space that is used for the first time. */
import { FieldValue } from 'firebase-admin/firestore';
import type { Firestore } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import type { SpacePaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';
import { statsShards } from './stats-shards.ts';
import { withReads } from './transaction-reads.ts';

/**
 * Sees to it that the counters are there, of which an add that reads nothing makes sure. Those that come at
 * once do not wait for each other's reads: nobody reads the counters.
 * @throws OperationError (`permission-denied`) if the space is being deleted: it must not get any more counters
 */
export async function openCounters(database: Firestore, paths: SpacePaths): Promise<void> {
  await runTransaction(database, async (transaction) => {
    await withReads(transaction, (reads) => refuseDeletedSpace(reads, paths));
    const nothing = { count: FieldValue.increment(0), bytes: FieldValue.increment(0) };
    for (const shard of statsShards(paths)) transaction.set(shard, nothing, { merge: true });
  });
}
