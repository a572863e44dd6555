/**
 * Makes a decision safe to run again. Firestore runs a transaction again when the answer to its commit was
 * lost, though it may have been applied, and so do we: then what was decided is there already, the answer is
 * that of the first time, and nothing is written.
 */
import { digest } from '../core/dedupe.ts';
import type { MemoryRecord } from '../core/memory.ts';
import type { CallContext } from './base-storage-manager.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { decodeRevision } from './revisions.ts';
import type { TransactionReads } from './transaction-reads.ts';
import type { Decision, MemoryChange } from './write-path.ts';

/**
 * Wraps what one call decides; for all of its attempts there must be one wrapper. The first attempt costs
 * nothing, each further one at least one read. The effect of somebody else is taken for the call's own only
 * if the same member did exactly the same in the same millisecond. `presumed` is what was tried before the
 * first attempt.
 */
export function once<R>(
  decide: (reads: TransactionReads, paths: SpacePaths) => Promise<Decision<R>>,
  call: CallContext,
  presumed: Decision<R> | null = null,
): (reads: TransactionReads, paths: SpacePaths) => Promise<Decision<R>> {
  let last = presumed;
  return async (reads, paths) => {
    // Side by side, so that both are one round trip.
    const decision = decide(reads, paths);
    if (last !== null) {
      // Until it is known whether it counts, a failure of it is not an unhandled one.
      decision.catch(() => undefined);
      if (await isApplied(last.changes, reads, paths, call)) {
        return { changes: [], isDone: true, answer: last.answer };
      }
    }
    last = await decision;
    return last;
  };
}

/** True iff each of the changes is there, or was before others changed it further. */
async function isApplied(
  changes: readonly MemoryChange[],
  reads: TransactionReads,
  paths: SpacePaths,
  call: CallContext,
): Promise<boolean> {
  // A transaction is applied whole, so where the first change is missing, all are. One that leaves nothing behind
  // by which it could be known is not asked.
  const [first, ...others] = changes.filter(({ before, after }) => before !== null || after !== null);
  if (first === undefined || !(await isThere(first, reads, paths, call))) return false;
  const rest = await Promise.all(others.map((change) => isThere(change, reads, paths, call)));
  return rest.every(Boolean);
}

async function isThere(
  { id, before, after }: MemoryChange,
  reads: TransactionReads,
  paths: SpacePaths,
  call: CallContext,
): Promise<boolean> {
  if (after !== null) return isWritten(after, reads, paths);
  if (before === null) return true;
  const document = await reads.document(paths.revision(id, before.memory.version + 1));
  if (!document.exists) return false;
  const { change, by, at } = decodeRevision(document, id, paths).revision;
  return change === 'delete' && by === call.actor && Date.parse(at) === call.now;
}

async function isWritten(record: MemoryRecord, reads: TransactionReads, paths: SpacePaths): Promise<boolean> {
  const { id, version } = record.memory;
  const stored = decodeMemory(await reads.document(paths.memory(id)), paths)?.record;
  if (stored?.memory.version === version) return digest(stored) === digest(record);
  if (stored !== undefined && stored.memory.version < version) return false;
  const past = await reads.document(paths.revision(id, version));
  return past.exists && digest(decodeRevision(past, id, paths).record) === digest(record);
}
