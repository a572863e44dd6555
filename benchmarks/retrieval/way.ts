/** A way to store conversations and to ask about them: what a caller does, or the storage in this process. */
import type { SearchMode } from '../../functions/src/contract/types.ts';
import type { Conversation } from '../../tools/conversation/read-conversation.ts';

/** What one search found, and how long it took its caller. */
export interface Found {
  /** The ids of the memories, best first. */
  readonly ids: readonly string[];
  readonly latencyMs: number;
}

/** One question to one space. */
export interface Query {
  readonly query: string;
  readonly mode: SearchMode;
  readonly limit: number;
}

/** See above. */
export interface Way {
  readonly name: 'callables' | 'in process';
  /** Stores a conversation, each turn as a memory under `memoryId`, in a space of its own. */
  store(conversation: Conversation): Promise<void>;
  /** Searches the space of a stored conversation. */
  search(conversation: Conversation, query: Query): Promise<Found>;
  /**
   * The reads of each search so far, in the order in which they ended, as the operation log tells them: of the
   * search itself, without admission.
   */
  reads(): Promise<readonly number[]>;
  /** Gives back what it holds. */
  end(): Promise<void>;
}

/** The space of a conversation, whatever its id is. */
export function spaceOf(conversation: Conversation): string {
  return `space-${conversation.id.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;
}
