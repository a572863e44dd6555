/**
 * A change of memories that holds no lock: it reads, decides, and commits on the condition that what it writes over
 * is still as it was read. In a transaction, others who change the same memory wait; here they read again.
 *
 * Why that is enough: whatever the change depends on, it writes. The memory, its entry and the receipt are written
 * over what was read, or created where nothing was; counters, claims and markers are written without being read.
 * In a space that is being deleted there are no counters, see `deleted-space.ts`, and each commit asks for them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { FieldPath, FieldValue } from 'firebase-admin/firestore';
import { UNLOCKED } from '../config.ts';
import { type StatsDelta, statsShard } from '../core/stats.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { DocumentData, Firestore, WriteBatch } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { EmbeddingNeeded } from './embeddings.ts';
import { TransactionReads, unlockedSource } from './transaction-reads.ts';
import { statusOf } from './translate-error.ts';
import { WORTH_A_TRANSACTION } from './worth-a-transaction.ts';
import type { Mutation, Outcome } from './write-path.ts';
import { blindWriter, type Writer } from './writer.ts';

/** What memories that were changed by hand leave behind is read by what holds a lock, see `forget-by-hand.ts`. */
export class LockNeeded extends Error {
  override readonly name = 'LockNeeded';
}

const NO_DIFFERENCE: StatsDelta = { count: 0, bytes: 0, byKind: new Map(), byTag: new Map() };

/**
 * Tries a change. `work` reads, decides and writes; it may run several times, and knows its own effect.
 * @returns null if others were faster each time, or if it is not known whether it was applied: the transaction that
 * follows finds out
 * @throws what `work` throws, and what Firestore throws if the commit cannot succeed
 */
export async function changeUnlocked<R>(
  database: Firestore,
  { call, paths, ids }: Pick<Mutation<R>, 'call' | 'paths' | 'ids'>,
  work: (reads: TransactionReads, writer: Writer) => Promise<Outcome<R>>,
): Promise<Outcome<R> | null> {
  for (let tries = 0; tries < UNLOCKED.TRIES; tries += 1) {
    if (tries > 0) await pauseBefore(tries, call);
    call.signal?.throwIfAborted();
    const reads = new TransactionReads(unlockedSource(database));
    const batch = database.batch();
    const writes = { any: false, counters: false };
    try {
      const [outcome] = await Promise.all([
        work(reads, conditionalWriter(batch, reads, writes)),
        tries > 0 ? refuseDeletedSpace(reads, paths) : undefined,
      ]);
      if (!writes.any) return outcome;
      const fence = writes.counters ? [] : ids.map((id) => paths.stats.doc(statsShard(id)));
      for (const shard of fence) blindWriter(batch, 'any').count(shard, NO_DIFFERENCE);
      await batch.commit();
      return outcome;
    } catch (error) {
      if (error instanceof EmbeddingNeeded || error instanceof LockNeeded) return null;
      if (!WORTH_A_TRANSACTION.has(statusOf(error))) throw error;
    }
  }
  return null;
}

/** Lets the others get ahead: who waits at random meets fewer of them. */
async function pauseBefore(tries: number, { signal }: CallContext): Promise<void> {
  const longest = Math.min(UNLOCKED.CAP_MS, UNLOCKED.BASE_MS * 2 ** (tries - 1));
  await sleep(longest * Math.random(), undefined, signal && { signal });
}

/** Writes on the condition that nothing has changed since it was read; what was not read must not be there. */
function conditionalWriter(
  batch: WriteBatch,
  reads: TransactionReads,
  writes: { any: boolean; counters: boolean },
): Writer {
  const blind = blindWriter(batch, 'any');
  return {
    ...blind,
    put: (reference, data) => {
      writes.any = true;
      const present = reads.found(reference);
      if (present?.exists) overwrite(batch, present, data);
      else batch.create(reference, data);
    },
    count: (reference, delta) => {
      writes.counters = true;
      blind.count(reference, delta);
    },
    delete: (reference) => {
      writes.any = true;
      const { updateTime } = reads.found(reference) ?? {};
      batch.delete(reference, updateTime === undefined ? {} : { lastUpdateTime: updateTime });
    },
  };
}

/** Replaces a document if it is still as it was read. An update keeps the fields that it does not name. */
function overwrite(batch: WriteBatch, present: DocumentSnapshot, data: DocumentData): void {
  const gone = Object.keys(present.data() ?? {}).filter((name) => !(name in data));
  const fields = [...Object.entries(data), ...gone.map((name) => [name, FieldValue.delete()] as const)];
  const [[first, value] = [], ...others] = fields.map(([name, each]) => [new FieldPath(name), each] as const);
  if (first === undefined) return;
  batch.update(present.ref, first, value, ...others.flat(), { lastUpdateTime: present.updateTime });
}
