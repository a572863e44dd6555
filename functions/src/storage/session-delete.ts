/**
 * Deletes a session: transactions of a bounded size, one after another, until no turn is left. The last one
 * takes the marker with it, so no turn is ever without one. How far a request got is kept in its receipt.
 */
import * as z from 'zod';
import { SESSIONS } from '../config.ts';
import type { SessionDeleteRequest, SessionDeleteResponse } from '../contract/types.ts';
import { isExpired } from '../core/memory.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';
import type { EmbeddingCache } from './embeddings.ts';
import type { Keeping } from './keeping.ts';
import { decodeMemory } from './memory-codec.ts';
import type { Body } from './memory-manager.ts';
import { once } from './once.ts';
import type { SpacePaths } from './paths.ts';
import { inOrder, turnsOf } from './queries.ts';
import { type RequestIdentity, receiptId, unfinishedAnswer } from './receipts.ts';
import type { TransactionReads } from './transaction-reads.ts';
import { type Decision, type MemoryChange, mutate } from './write-path.ts';

/** How far a deletion got; what is stored in the receipt. */
interface Progress {
  readonly deleted: number;
  /** True iff turns may be left. */
  readonly more: boolean;
}

const storedProgress = z.object({ deleted: z.int().min(0) });

/**
 * Deletes all turns of a session, the oldest first, as single deletions would. Expired turns go as if Firestore
 * had deleted them: without a revision, and uncounted.
 * @param progress what the call has deleted so far, also before it was tried again
 * @throws OperationError (`data-loss`) at a turn that cannot be read: nothing of its transaction is deleted
 */
export async function deleteSession(
  database: Firestore,
  embeddings: EmbeddingCache,
  keeping: Keeping,
  paths: SpacePaths,
  { session, key }: Body<SessionDeleteRequest>,
  progress: { deleted: number },
  call: CallContext,
): Promise<SessionDeleteResponse> {
  const identity: RequestIdentity = { operation: 'session.delete', key, body: [session] };
  for (;;) {
    const before = progress.deleted;
    const { answer, replayed } = await mutate<Progress>(database, embeddings, {
      identity,
      paths,
      call,
      ids: [],
      keeping,
      decide: once(async (reads) => {
        const earlier = key === undefined ? before : await deletedEarlier(reads, paths, identity, call);
        return decideChunk(reads, paths, session, earlier, call);
      }, call),
    });
    if (!answer.more) return { deleted: answer.deleted, ...(replayed && { replayed }) };
    progress.deleted = answer.deleted;
  }
}

/** What earlier transactions with this key deleted, of this call or of one that did not get to the end. */
async function deletedEarlier(
  reads: TransactionReads,
  paths: SpacePaths,
  identity: RequestIdentity,
  call: CallContext,
): Promise<number> {
  const receipt = await reads.document(paths.receipt(receiptId(identity.key ?? '', call)));
  const progress = storedProgress.safeParse(unfinishedAnswer(receipt, identity, call));
  return progress.success ? progress.data.deleted : 0;
}

/**
 * Decides the next transaction. The query is inside, so that whoever appends meanwhile waits, or makes this
 * transaction run again: when it finds no more turns, there are none.
 */
async function decideChunk(
  reads: TransactionReads,
  paths: SpacePaths,
  session: string,
  earlier: number,
  call: CallContext,
): Promise<Decision<Progress>> {
  const oldest = inOrder(turnsOf(paths, session), 'asc');
  const { docs } = await reads.query(oldest.limit(SESSIONS.DELETE_CHUNK + 1));
  const more = docs.length > SESSIONS.DELETE_CHUNK;
  const changes = docs.slice(0, SESSIONS.DELETE_CHUNK).map((document): MemoryChange => {
    const before = decodeMemory(document, paths)?.record ?? null;
    const lapsed = before !== null && isExpired(before.memory, call.now);
    return { id: document.id, before: lapsed ? null : before, after: null, ...(lapsed && { lapsed }) };
  });
  const deleted = earlier + changes.filter(({ before }) => before !== null).length;
  return {
    changes,
    ...(!more && { also: (transaction) => transaction.delete(paths.session(session)) }),
    unfinished: more,
    answer: { deleted, more },
  };
}
