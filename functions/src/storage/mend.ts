/** Mends what differs, in a transaction that has read all of it, and writes nothing else. */
import type { Transaction } from 'firebase-admin/firestore';
import { addTallies, NOTHING_FOUND, needsOf, type Tally, tallyOf } from '../core/difference.ts';
import { textToEmbed } from '../core/index-plan.ts';
import type { EmbeddingCache } from './embeddings.ts';
import { forgettingPast } from './forget-by-hand.ts';
import type { Look } from './look.ts';
import type { SpacePaths } from './paths.ts';
import { writeReconciled } from './reconcile.ts';
import { transactionWriter } from './writer.ts';

/** What differs by an entry or by the memory itself; all else is a claim or a marker. */
const OF_THE_ENTRY: ReadonlySet<string> = new Set([
  'missing-entry',
  'stale-entry',
  'damaged-entry',
  'orphan-entry',
  'incomplete-memory',
]);

/**
 * Reads what becomes of the claims and markers that the entries tell of and their memories do not need any more, as
 * the trigger does, and returns what writes it: before all else, since a memory may get what another one loses. Ends
 * when all of the reads have ended.
 */
export async function forgettingPasts(
  transaction: Transaction,
  paths: SpacePaths,
  looks: readonly Look[],
): Promise<(writer: Transaction) => void> {
  const forgets = await Promise.allSettled(
    looks.flatMap(({ entry, decoded, isMendable, differences }) =>
      isMendable && entry?.exists === true && differences.some((kind) => OF_THE_ENTRY.has(kind))
        ? [forgettingPast(transaction, paths, [{ entry, states: [decoded?.record ?? null] }])]
        : [],
    ),
  );
  const failed = forgets.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return (writer) => {
    for (const each of forgets) if (each.status === 'fulfilled') each.value(writer);
  };
}

/**
 * Mends what was found, as the transaction sees it, and tells what that was.
 * @throws EmbeddingNeeded if a vector is missing
 */
export function mendAll(
  transaction: Transaction,
  paths: SpacePaths,
  looks: readonly Look[],
  embeddings: EmbeddingCache,
): Tally {
  let tally = NOTHING_FOUND;
  for (const look of looks) {
    if (look.isMendable) mend(transaction, paths, look, embeddings);
    tally = addTallies(tally, tallyOf(look.differences, look.isMendable && !isUnembedded(look, embeddings)));
  }
  return tally;
}

/** True iff the entry is one of words alone for now, as the embedder failed: that is still a difference. */
function isUnembedded({ decoded }: Look, embeddings: EmbeddingCache): boolean {
  return decoded !== null && embeddings.of(textToEmbed(decoded.record.memory)) === null;
}

function mend(transaction: Transaction, paths: SpacePaths, look: Look, embeddings: EmbeddingCache): void {
  const { id, decoded, differences, claim, marker } = look;
  const writer = transactionWriter(transaction);
  const afresh = differences.includes('damaged-entry');
  if (differences.some((kind) => OF_THE_ENTRY.has(kind))) {
    writeReconciled(transaction, paths, { ...look, afresh }, embeddings);
  }
  if (decoded === null) return;
  if (differences.includes('missing-claim') && claim !== undefined) writer.claim(claim.ref, id);
  if (!differences.includes('missing-marker') || marker === undefined) return;
  for (const [, lastAt] of needsOf(decoded.record.memory).marks) {
    // What is no time does not rise to one.
    if (marker.get('lastAt') === undefined || Number.isFinite(marker.get('lastAt'))) {
      writer.raise(marker.ref, { lastAt });
    } else transaction.set(marker.ref, { lastAt });
  }
}
