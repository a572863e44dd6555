/** Stores a conversation in the caller's personal space, session by session, in order. */
import { Buffer } from 'node:buffer';
import type { Firememory, MessageInput } from '../../client/src/index.ts';
import { LIMITS } from '../../functions/src/config.ts';
import type { Turn } from '../conversation/read-conversation.ts';

/** Messages that go into one call. */
export interface Batch {
  readonly session: string;
  readonly messages: readonly MessageInput[];
}

/** Bytes of text in one call: well below what one commit holds, since each memory is indexed as well. */
const MAX_BATCH_BYTES = 512 * 1_024;

/** Groups the turns into calls: sessions in the order of their first turn, turns in theirs. */
export function batchesOf(turns: readonly Turn[]): Batch[] {
  const sessions = Map.groupBy(turns, (turn) => turn.session);
  return [...sessions].flatMap(([session, said]) => {
    const batches: { session: string; messages: MessageInput[] }[] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const turn of said) {
      const size = Buffer.byteLength(turn.text, 'utf8');
      const open = batches.at(-1);
      if (open !== undefined && bytes + size <= MAX_BATCH_BYTES && open.messages.length < LIMITS.MAX_BATCH) {
        open.messages.push(messageOf(turn));
        bytes += size;
      } else {
        batches.push({ session, messages: [messageOf(turn)] });
        bytes = size;
      }
    }
    return batches;
  });
}

/**
 * Appends all turns, one call after another, and tells after each how many are stored. Every call has a
 * key, so that one whose answer was lost could be made again. Returns the ids of the memories. Rejects with
 * a `FirememoryError`.
 */
export async function importConversation(
  client: Firememory,
  turns: readonly Turn[],
  onProgress: (stored: number) => void,
): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, { session, messages }] of batchesOf(turns).entries()) {
    const { results } = await client.session.append(session, messages, { key: `import-${index}` });
    ids.push(...results.map(({ id }) => id));
    onProgress(ids.length);
  }
  return ids;
}

function messageOf(turn: Turn): MessageInput {
  return {
    role: turn.role,
    text: turn.text,
    ...(turn.at !== null && { occurredAt: turn.at }),
    ...(turn.ref !== undefined && { metadata: { ref: turn.ref } }),
  };
}
