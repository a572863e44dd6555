/** The plain types of memories, sessions, filters, and of the requests that concern them. */
/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Who said a message. */
export type MessageRole = 'user' | 'assistant' | 'system' | 'tool';

/** One remembered thing. */
export interface Memory {
  id: string;
  tenant: string;
  space: string;
  /** `fact` by default; `message`, `preference`, `event`, `note`, … `[a-z][a-z0-9_-]{0,31}`. */
  kind: string;
  /** 1 byte to 32 KiB of UTF-8. */
  text: string;
  role?: MessageRole;
  sessionId?: string;
  agentId?: string;
  persona?: string;
  source?: string;
  /** At most 20, each at most 64 characters. */
  tags: string[];
  /** At most 8 KiB and 3 levels. */
  metadata: { [key: string]: Json };
  /** 0 … 1, 0.5 by default. */
  importance: number;
  /** When what is remembered happened. */
  occurredAt: string;
  createdAt: string;
  updatedAt: string;
  /** From then on the memory is absent from every read; `null` means never. */
  expiresAt: string | null;
  /** The uid of the member who created it. */
  createdBy: string;
  /** 1 when created, one more with every change. */
  version: number;
}

/** What a caller says of a memory that is to be created. `expiresAt` and `ttlSeconds` exclude each other. */
export interface MemoryInput {
  /** Chosen by the service when absent. An id that is taken is never overwritten. */
  id?: string;
  text: string;
  kind?: string;
  role?: MessageRole;
  sessionId?: string;
  agentId?: string;
  persona?: string;
  source?: string;
  tags?: readonly string[];
  metadata?: { readonly [key: string]: Json };
  importance?: number;
  occurredAt?: string;
  /** `null` says never, whatever the tenant's default is. */
  expiresAt?: string | null;
  ttlSeconds?: number;
}

/** A change of a memory: any field of `MemoryInput` but `id`; `null` clears an optional one. */
export interface MemoryChanges {
  text?: string;
  kind?: string;
  role?: MessageRole | null;
  sessionId?: string | null;
  agentId?: string | null;
  persona?: string | null;
  source?: string | null;
  tags?: readonly string[] | null;
  metadata?: { readonly [key: string]: Json } | null;
  importance?: number | null;
  occurredAt?: string;
  expiresAt?: string | null;
  ttlSeconds?: number;
}

/** One message of a conversation: a memory with a role. */
export type MessageInput = Omit<MemoryInput, 'kind' | 'role'> & {
  role: MessageRole;
  /** No message is of another kind. */
  kind?: 'message';
  /** The session that it is appended to, and no other. */
  sessionId?: string;
};

/** A value that a filter compares with. */
export type FilterValue = string | number | boolean | null;

/** The operators of a condition. All that are named must hold. */
export interface FilterOperators {
  eq?: FilterValue;
  ne?: FilterValue;
  gt?: string | number;
  gte?: string | number;
  lt?: string | number;
  lte?: string | number;
  in?: readonly FilterValue[];
  nin?: readonly FilterValue[];
  exists?: boolean;
  /** True iff the list has this member (`tags`, metadata), or the text holds this substring (other fields). */
  contains?: string | number | boolean;
}

/**
 * `{ AND: […] }`, `{ OR: […] }`, `{ NOT: … }`, or conditions by field, all of which must hold:
 * `{ kind: 'fact', importance: { gte: 0.7 }, 'metadata.city': 'Oslo' }`.
 */
export type Filter =
  | { AND: readonly Filter[] }
  | { OR: readonly Filter[] }
  | { NOT: Filter }
  | { readonly [field: string]: FilterValue | FilterOperators };

/** The fields that a list can be ordered by. */
export type OrderField = 'createdAt' | 'occurredAt' | 'updatedAt' | 'importance';

export interface Order {
  field: OrderField;
  direction: 'asc' | 'desc';
}

/** On every call of a tenant. `space` defaults to the caller's personal space, whose id is the uid. */
export interface Scope {
  tenant: string;
  space?: string;
}

/** Idempotency: the same key with the same body returns the stored answer with `replayed: true`. */
export interface Keyed {
  /** 1 … 128 characters, of the calling member alone. */
  key?: string;
}

export interface MemoryAddRequest extends Scope, Keyed {
  /** 1 … 100; all of them are stored, or none. */
  memories: readonly MemoryInput[];
  /** `exact`: a memory that is already there is not stored again. The tenant's setting by default. */
  dedupe?: 'exact' | 'off';
}
export interface AddResult {
  id: string;
  version: number;
  outcome: 'created' | 'duplicate';
}
export interface MemoryAddResponse {
  results: AddResult[];
  replayed: boolean;
}

export interface MemoryGetRequest extends Scope {
  id: string;
}
export interface MemoryGetResponse {
  memory: Memory;
}

export interface MemoryListRequest extends Scope {
  filter?: Filter;
  /** `createdAt` descending by default. */
  order?: Order;
  /** 1 … 100, 20 by default. */
  limit?: number;
  cursor?: string;
}
export interface MemoryListResponse {
  memories: Memory[];
  /** `null` on the last page. A page may be short, even empty, while there is a cursor. */
  nextCursor: string | null;
}

export type SearchMode = 'hybrid' | 'semantic' | 'keyword';

export interface MemorySearchRequest extends Scope {
  query: string;
  /** At most 10, instead of `space`. */
  spaces?: readonly string[];
  /** `hybrid` by default. */
  mode?: SearchMode;
  filter?: Filter;
  /** 1 … 100, 10 by default. */
  limit?: number;
  minScore?: number;
  /** Adds `weight · 2^(−age / halfLifeDays)` to the score. */
  recency?: { halfLifeDays: number; weight: number };
  /** Adds `importanceWeight · importance` to the score. */
  importanceWeight?: number;
  /** Returns what each score is made of. */
  explain?: boolean;
}
/** What a score is the sum of, weights applied. */
export interface ScoreParts {
  /** The words of the query that the memory has, by BM25. */
  keyword: number;
  /** The meaning of the whole text, by the cosine of the embeddings. */
  semantic: number;
  /** The meaning of each word of the query, by the most similar word of the text. */
  interaction: number;
  /** What is said around it in its session. */
  conversation: number;
  /** Whether it is said by the one whom the query names, or by somebody else. */
  subject: number;
  recency: number;
  importance: number;
}
export interface SearchResult {
  memory: Memory;
  score: number;
  parts?: ScoreParts;
}
/**
 * Why a search may have missed something. `candidate-bound`: it looked at as many memories as one search may,
 * and fewer than asked for passed. `embedder-unavailable`: the query could not be embedded, so it was answered by
 * words alone. `not-embedded`: some memories are not embedded, or were so by another model, and the search compares
 * by meaning alone, or there are more such models than it looks for.
 */
export type SearchNotice = 'candidate-bound' | 'embedder-unavailable' | 'not-embedded';

export interface MemorySearchResponse {
  /** Best first. */
  results: SearchResult[];
  /** Absent where there is nothing to say. */
  notices?: SearchNotice[];
}

export interface MemoryUpdateRequest extends Scope, Keyed {
  id: string;
  changes: MemoryChanges;
  /** The version that the caller saw; any other is refused with `aborted`. */
  ifVersion?: number;
}
export interface MemoryUpdateResponse {
  memory: Memory;
  replayed?: true;
}

export interface MemoryDeleteRequest extends Scope, Keyed {
  id: string;
  ifVersion?: number;
}
export interface MemoryDeleteResponse {
  id: string;
  /** The version of the deletion. */
  version: number;
  replayed?: true;
}

/** A memory as it was from one change to the next. */
export interface Revision {
  version: number;
  change: 'create' | 'update' | 'delete' | 'restore';
  /** When it became so, and by whom. */
  at: string;
  by: string;
  /** `null` iff the change was a deletion. */
  memory: Memory | null;
}
export interface MemoryPurgeRequest extends Scope, Keyed {
  /** Which memories; `{ all: true }` for every one. An empty filter is refused. */
  filter: Filter | { readonly all: true };
  /** `true` by default: counts and shows, deletes nothing. */
  dryRun?: boolean;
}
/** What a purge did, or what it would do. */
export interface PurgeResult {
  /** Memories that passed the filter. */
  matched: number;
  /** Up to 5 of them. */
  sample: Memory[];
  deleted: number;
}
/** The result, or the job that will have it. */
export type MemoryPurgeResponse = (PurgeResult | { jobId: string }) & { replayed?: true };

export interface MemoryHistoryRequest extends Scope {
  id: string;
  /** 1 … 100, 20 by default. */
  limit?: number;
  cursor?: string;
}
export interface MemoryHistoryResponse {
  /** Newest first; the first one is the memory as it is now, or its deletion. */
  revisions: Revision[];
  nextCursor: string | null;
}

export interface MemoryRestoreRequest extends Scope, Keyed {
  id: string;
  /** The version whose content comes back, as a new version. */
  version: number;
  ifVersion?: number;
}
export interface MemoryRestoreResponse {
  memory: Memory;
  replayed?: true;
}

export interface SessionAppendRequest extends Scope, Keyed {
  session: string;
  /** 1 … 100, kept in this order. Two equal turns are two turns. */
  messages: readonly MessageInput[];
}
export interface SessionAppendResponse {
  results: AddResult[];
  replayed?: true;
}

export interface SessionHistoryRequest extends Scope {
  session: string;
  /** 1 … 100, 20 by default. */
  limit?: number;
  /** Asks for older messages. */
  cursor?: string;
  filter?: Filter;
}
export interface SessionHistoryResponse {
  /** Chronological; the newest window first. */
  messages: Memory[];
  nextCursor: string | null;
}
