/** The plain types of what concerns a session as a whole. Its turns are memories, see `memory-types.ts`. */
import type { Keyed, Memory, Scope, SearchNotice } from './memory-types.ts';

/** One session, as it is at the moment: expired turns count no more. */
export interface SessionSummary {
  id: string;
  /** How many turns it has, 1 or more. */
  count: number;
  /** When the first and the last of them occurred. */
  firstAt: string;
  lastAt: string;
  /** The beginning of the last one, at most 200 UTF-16 units, white space folded. */
  preview: string;
}

export interface SessionListRequest extends Scope {
  /** 1 … 100, 20 by default. */
  limit?: number;
  cursor?: string;
}
export interface SessionListResponse {
  /** The one that was last spoken in first. */
  sessions: SessionSummary[];
  /** `null` on the last page. A page may be short, even empty, while there is a cursor. */
  nextCursor: string | null;
}

export interface SessionContextRequest extends Scope {
  session: string;
  /** What to look for among the memories of the space; the text of the last turn of the user by default. */
  query?: string;
  /** Tokens of `text` at most, as o200k_base counts them: 1 … 100,000, 2,000 by default. */
  maxTokens?: number;
  /** Turns of the session that are looked at: 0 … 100, 10 by default. */
  recentTurns?: number;
}
export interface SessionContextResponse {
  /** The turns that are in the text, chronological. */
  recent: Memory[];
  /** The other memories that are in the text, best first; turns too that found no room among the recent ones. */
  relevant: Memory[];
  /** Both, each fenced and with its provenance, ready for a prompt; empty if nothing is there or fits. */
  text: string;
  /** The tokens of `text`, never above `maxTokens`. */
  tokens: number;
  /** Why the search for relevant memories may have missed something; absent where there is nothing to say. */
  notices?: SearchNotice[];
}

export interface SessionDeleteRequest extends Scope, Keyed {
  session: string;
}
export interface SessionDeleteResponse {
  /** How many turns were deleted, by all calls with this key together; expired ones go uncounted. */
  deleted: number;
  replayed?: true;
}
