/**
 * Every limit, default and collection name of Firememory, each with its unit and where it comes from.
 * Plain constants: nothing here reads the environment (see `params.ts` for what a deployment may set).
 */

const KIB = 1024;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What a request may hold. The contract fixes the first block; the rest keeps a call bounded. */
export const LIMITS = {
  /** Bytes of UTF-8 of a memory's text. */
  MAX_TEXT_BYTES: 32 * KIB,
  /** Tags of a memory, and UTF-16 units of one. */
  MAX_TAGS: 20,
  MAX_TAG_LENGTH: 64,
  /** Bytes of UTF-8 of a memory's metadata as JSON, its levels, and bytes of one key. */
  MAX_METADATA_BYTES: 8 * KIB,
  MAX_METADATA_DEPTH: 3,
  MAX_METADATA_KEY_BYTES: 128,
  /** Characters of an id: tenant, space, session, memory. */
  MAX_ID_LENGTH: 128,
  /** Characters of `persona`, `source` and of a display name. */
  MAX_LABEL_LENGTH: 256,
  /** Characters of an idempotency key. */
  MAX_KEY_LENGTH: 128,
  /**
   * Bytes of UTF-8 of an agent record's content as JSON: a quarter of the 1 MiB of a Firestore document, so
   * that metadata and a chunk of a list (`AGENT_DATA`) fit beside it, into the document and into memory.
   */
  MAX_CONTENT_BYTES: 256 * KIB,
  /** Levels of lists and objects in it. With the body and its data around them below `MAX_BODY_DEPTH`. */
  MAX_CONTENT_DEPTH: 20,
  /** Memories of one add, messages of one append. */
  MAX_BATCH: 100,
  /** Operations of one `memory-batch`. */
  MAX_BATCH_OPERATIONS: 25,
  /** Results of one page, and of one search. */
  MAX_PAGE: 100,
  /** Grants of one space: their document stays far below Firestore's 1 MiB, and an answer holds them all. */
  MAX_GRANTS: 1_000,
  /** Spaces, and members, of a tenant whose usage one call adds up: 16 reads each, 50 at a time. */
  MAX_USAGE_SPACES: 1_000,
  /** Spaces of one search. */
  MAX_SEARCH_SPACES: 10,
  /** Bytes of UTF-8 of a query; longer than any embedder reads. */
  MAX_QUERY_BYTES: 4 * KIB,
  /** Values of one `in`, `nin` list: Firestore's own limit for `in`. */
  MAX_FILTER_VALUES: 30,
  /** Levels of one filter, its conditions, and all of its parts: groups count too. */
  MAX_FILTER_DEPTH: 5,
  MAX_FILTER_CONDITIONS: 30,
  MAX_FILTER_NODES: 100,
  /** Characters of a cursor: about four times the longest that is made. */
  MAX_CURSOR_LENGTH: 2 * KIB,
  /** Days of half life of the recency bonus: a century. */
  MAX_HALF_LIFE_DAYS: 36_500,
  /** Bytes of a request body. The largest useful one, 100 memories of 32 KiB and their metadata, is 4 MiB;
   * JSON may escape each byte into six. */
  MAX_BODY_BYTES: 24 * KIB * KIB,
  /** Levels of nesting in a request body: the deepest valid one (content of agent data) has 22. */
  MAX_BODY_DEPTH: 32,
  /** Estimated bytes of one commit. Measured: above 4 MiB the emulator's client hangs for minutes. */
  MAX_COMMIT_BYTES: 3.5 * KIB * KIB,
  /** Tokens of the text of one `session-context`: what the largest prompts leave for it. */
  MAX_CONTEXT_TOKENS: 100_000,
  /** Turns of a session that one `session-context` looks at: one page. */
  MAX_RECENT_TURNS: 100,
  /** The furthest expiry, in seconds: a hundred years. */
  MAX_TTL_SECONDS: 100 * 365 * 24 * 3600,
  /** Days for which a deleted memory can be restored: ten years at most. */
  MAX_RETENTION_DAYS: 3_650,
  /** Hours for which a key replays its answer: thirty days at most. */
  MAX_RECEIPT_HOURS: 720,
} as const;

/** What holds where a request says nothing. */
export const DEFAULTS = {
  KIND: 'fact',
  IMPORTANCE: 0.5,
  PAGE: 20,
  SEARCH_LIMIT: 10,
  HISTORY_WINDOW: 20,
  /** Tokens of the text of a `session-context`, and turns that it looks at. */
  CONTEXT_TOKENS: 2_000,
  RECENT_TURNS: 10,
  /**
   * Milliseconds that a callable may take; the function's own timeout is 10 s longer, as is that of the
   * client SDKs. Measured: to embed the longest text takes 66 ms, 100 of them 7 s.
   */
  DEADLINE_MS: 60_000,
  /** Milliseconds after which a database that does not answer to `system-health` counts as down. */
  HEALTH_MS: 5_000,
  /** Milliseconds for which a receipt replays the stored answer. */
  RECEIPT_MS: DAY_MS,
  /** Milliseconds for which a deleted memory keeps its history and can be restored. */
  RETENTION_MS: 30 * DAY_MS,
  /** Milliseconds after which a staged memory is a leftover: no call lasts that long. */
  STAGING_MS: HOUR_MS,
  /** Milliseconds for which a cursor may be used. */
  CURSOR_MS: DAY_MS,
  /** Milliseconds for which a job can be asked for after its end: as long as any receipt that names it is kept. */
  JOB_MS: LIMITS.MAX_RECEIPT_HOURS * HOUR_MS,
  /**
   * Milliseconds for which the id of a deleted shared space stays taken. No call that was let into it before
   * outlives its deadline.
   */
  TOMBSTONE_MS: HOUR_MS,
} as const;

/** The settings of a tenant that chose none, where the deployment sets no others either. */
export const DEFAULT_SETTINGS = {
  defaultTtlSeconds: null,
  dedupe: 'exact',
  retentionDays: DEFAULTS.RETENTION_MS / DAY_MS,
  receiptHours: DEFAULTS.RECEIPT_MS / HOUR_MS,
} as const;

/** How much one run of the sweeper does; the next run goes on. */
export const SWEEP = {
  /** How often it runs, as Cloud Scheduler reads it. */
  SCHEDULE: 'every 15 minutes',
  /** Seconds after which the function is ended: the longest that an event function may take. */
  TIMEOUT_SECONDS: 540,
  /** Milliseconds after which a run begins nothing new, a minute before its function is ended. */
  RUN_MS: 8 * MINUTE_MS,
  /** Documents of one query. */
  PAGE: 200,
  /** Documents of one kind that a run removes. */
  MAX_DOCUMENTS: 5_000,
  /**
   * Spaces that are worked on at a time, one memory after the other. Measured: 24 memories of one space take
   * 0.4 s so, and 3.8 s eight at a time, as they wait for each other's counters.
   */
  PARALLEL: 8,
  /** Revisions that one transaction removes: it reads them, 2.2 MiB at the most. */
  REVISIONS: 50,
  /** Attempts of such a transaction: who writes at the same time goes first, and the next run comes soon. */
  ATTEMPTS: 10,
} as const;

/** How an operation of the storage is tried again after an error that may pass. */
export const RETRY = {
  /** Times in all. The Admin SDK itself tries a transaction 20 times and a read 5 times before that. */
  MAX_TRIES: 3,
  /** Milliseconds of the longest pause after the first time; twice as long each time, up to the cap. */
  BASE_MS: 100,
  CAP_MS: 2_000,
} as const;

/**
 * Changes that hold no lock, see `storage/unlocked-change.ts`: how often one is tried before a transaction is, and the
 * longest pause before the second time, in milliseconds, twice as long each time up to the cap. Measured on the
 * emulator: 50 changes of one memory at once take 2 to 3 s; with 8 tries, as with transactions alone, more than half
 * of them are still waiting for a lock after 60 s.
 */
export const UNLOCKED = { TRIES: 40, BASE_MS: 10, CAP_MS: 400 } as const;

/** How much one call may read in order to fill a page whose filter Firestore cannot evaluate. */
export const SCAN = {
  /** Documents of one query while filtering. */
  CHUNK: 100,
  /** Documents of one call; after that a short page with a cursor is returned. */
  MAX_DOCUMENTS: 1_000,
} as const;

/** How much one `agentData-list` may read and answer: its records may be 32 times as large as a text. */
export const AGENT_DATA = {
  /** Records of one query: at the most 6.6 MiB, and more than a page of the default size. */
  CHUNK: 25,
  /** Bytes of content with which a page ends, short, with a cursor; the last record may go beyond. */
  MAX_PAGE_BYTES: 4 * KIB * KIB,
  /** Records read by one call; among expired ones a page then ends, short or empty, with a cursor. */
  MAX_DOCUMENTS: 500,
} as const;

/** Sessions: what is shown of one, and how much one call may do with them. */
export const SESSIONS = {
  /** UTF-16 units of a preview, at most. */
  PREVIEW_LENGTH: 200,
  /** Sessions whose turns one call counts at once. */
  CHUNK: 10,
  /** Markers that one call looks at; among sessions that have ended a page then ends, with a cursor. */
  MAX_MARKERS: 100,
  /** Turns that one call reads, most of them expired, until the page ends, with a cursor. */
  MAX_DOCUMENTS: 1_000,
  /**
   * Turns that one commit of `session-delete` deletes. A revision takes as much as its turn, at most 44 KiB:
   * 50 of them stay below `LIMITS.MAX_COMMIT_BYTES`.
   */
  DELETE_CHUNK: 50,
} as const;

/** How the text of a `session-context` is made. */
export const CONTEXT = {
  /** Memories that are found for it, at most. */
  MAX_RELEVANT: 20,
  /** The part of the budget that recent turns leave to relevant memories, if these need it. */
  RELEVANT_SHARE: 0.25,
  /**
   * Effort of counting tokens in one call, as `tokenWork` estimates it. Measured: 32,000 equal letters are an
   * effort of 10^9 and take 0.6 s; prose of 100 turns is far below.
   */
  MAX_TOKEN_WORK: 2e9,
} as const;

/** How commands that clients queued are carried out. */
export const INBOX = {
  /**
   * Milliseconds after its creation for which a command may be run: less than `RECEIPT_MS`, so that a second
   * run always finds the receipt of the first, and less than the 24 h for which an event is delivered again.
   */
  RUN_MS: 23 * HOUR_MS,
  /** Milliseconds for which a failure that nobody foresaw is tried again, while later commands wait. */
  PATIENCE_MS: 15 * MINUTE_MS,
  /**
   * Milliseconds for which a finished command is kept: as long as a client may be offline that never heard that its
   * command was taken in, and sends it again. As long as a deleted memory is kept by default.
   */
  KEPT_MS: 30 * DAY_MS,
  /** Milliseconds by which the clock of such a client may be fast. */
  CLOCK_MS: DAY_MS,
  /** Runs of one command by one event. */
  TRIES: 3,
  /** Milliseconds before the second run, half of it by chance; twice as many before the third. */
  BACKOFF_MS: 400,
  /**
   * Milliseconds, half of it by chance, for which a queue is looked at before someone else's command is taken
   * over: longer than a run takes that is not the first one of its instance.
   */
  TURN_MS: 2_000,
  /** Milliseconds after which a command that is still queued counts as lost by its event. */
  LOST_MS: 5 * MINUTE_MS,
  /** Commands that are looked at in one query for lost ones. */
  LOST_CHUNK: 100,
} as const;

/** How much one purge looks at and tells. */
export const PURGE = {
  /** Memories that one transaction deletes: with their revisions 2.1 MiB at the most, below `MAX_COMMIT_BYTES`. */
  CHUNK: 50,
  /** Memories that a call looks at; what is left then becomes a job. */
  MAX_DOCUMENTS: SCAN.MAX_DOCUMENTS,
  /** Memories that the answer shows. */
  SAMPLE: 5,
} as const;

/** How much a deletion of a space does at once. */
export const SPACE_DELETION = {
  /** Documents that one transaction deletes; of memories half as many, each with its entry. */
  CHUNK: 200,
  /** Documents that a call deletes; what is left then becomes a job. */
  MAX_DOCUMENTS: 1_000,
} as const;

/** How jobs are run. */
export const JOBS = {
  /** Milliseconds after which a worker hands over to the next one: a third of its function's timeout. */
  RUN_MS: MINUTE_MS,
  /** Seconds of the function's timeout. */
  TIMEOUT_SECONDS: 180,
  /** Failures of one step after which the job has failed. */
  MAX_FAILURES: 5,
  /** Milliseconds without a step after which a job counts as forgotten; longer than any step takes. */
  STALE_MS: 5 * MINUTE_MS,
  /** Forgotten jobs, and ids of deleted spaces, that one run of the schedule takes up. */
  REVIVED: 100,
} as const;

/** How often the trigger tries what fails. */
export const DEAD_LETTERS = {
  /**
   * Attempts of one event. The platform waits 10 s before the second one and up to 10 minutes before later ones:
   * what fails for half an hour is not about to pass.
   */
  MAX_TRIES: 8,
  /**
   * Milliseconds of one attempt: 15 s less than the function may take (`triggers/event-function.ts`), for its start and
   * for noting that the attempt failed. An embedder takes 15 s at the most.
   */
  ATTEMPT_MS: 55_000,
  /** Events of one memory whose attempts are counted apart; those of all others are counted together. */
  MAX_EVENTS: 20,
  /** Milliseconds for which the platform delivers an event that fails; after them it is lost. */
  DELIVERY_MS: DAY_MS,
  /** Dead letters that are counted, at most: one read each. */
  MAX_COUNTED: 1_000,
  /** Memories with a dead letter that are tried again by one run of the sample: half a second each, at most. */
  RETRIES: 50,
} as const;

/** How much a verification, a repair and a reindexing do at once, and how the rotating sample is taken. */
export const VERIFY = {
  /** Memories, and entries, of one page, at most: each entry has some 10 KB. */
  PAGE: 500,
  /** Memories that one transaction mends at the most; it also keeps below `LIMITS.MAX_COMMIT_BYTES`. */
  MEND_CHUNK: 50,
  /** Claims of one page, each with one field of an entry; of markers, each of which asks for a turn, `PAGE`. */
  CLAIMS_PAGE: 2_000,
  /** Claims, or markers, that nobody needs and that one transaction removes. */
  LEFTOVERS: 100,
  /** Entries of one query that counts, and those that are counted in one step of a job. */
  COUNT_PAGE: 5_000,
  COUNT_STEP: 5_000,
  /** Milliseconds for which a count may go on: Firestore tells how it was at a moment for an hour. */
  COUNT_MS: 50 * MINUTE_MS,
  /** Characters of JSON of the sums that a job keeps between steps, well below the 1 MiB of its document. */
  MAX_SUMS: 512 * KIB,
  /** How often the sample is taken, as Cloud Scheduler reads it, and seconds of the function's timeout. */
  SCHEDULE: 'every 60 minutes',
  TIMEOUT_SECONDS: 540,
  /** Milliseconds after which a run begins nothing new. */
  RUN_MS: 4 * MINUTE_MS,
  /** Memories that could not be embedded, of all tenants, that one run looks at first. */
  UNEMBEDDED: 200,
  /** Memories, and entries, of all tenants that one run looks at. */
  SAMPLE: 2_000,
  /** Spaces whose counters one run verifies: 34 reads each, and one for each entry. */
  SAMPLE_SPACES: 200,
  /**
   * Entries that are counted of one space in one run, on average: one that has more is left out of so many of its
   * turns that its reads come to the same.
   */
  SAMPLE_SPACE_ENTRIES: 5_000,
  /** Milliseconds after which the last run counts as too old: three were missed. */
  STALE_MS: 4 * HOUR_MS,
  /** Milliseconds for which an event may be owed before health says so: until then it may be delivered again. */
  VERIFICATION_LAG_MS: DAY_MS,
  /** Milliseconds between two looks at the record of the lag of events by one process. */
  LAG_MS: MINUTE_MS,
  /** Milliseconds of a lag that is recorded at once if it is twice the last one. */
  LONG_LAG_MS: 5_000,
  /** Milliseconds for which a recorded lag is not replaced by a shorter one, and counts. */
  LAG_KEPT_MS: 15 * MINUTE_MS,
  /** Milliseconds of a lag of which health says so: the longest pause of the platform between two tries. */
  EVENT_LAG_MS: 10 * MINUTE_MS,
} as const;

export * from './config-search.ts';

/** Names of the collections. Only `storage/paths.ts` uses them. */
export const COLLECTIONS = {
  tenants: 'tenants',
  members: 'members',
  spaces: 'spaces',
  memories: 'memories',
  revisions: 'revisions',
  index: 'index',
  stats: 'stats',
  frequencies: 'frequencies',
  receipts: 'receipts',
  claims: 'claims',
  sessions: 'sessions',
  inbox: 'inbox',
  agentData: 'agentData',
  deadLetters: 'deadLetters',
  jobs: 'jobs',
  operations: 'operations',
} as const;

/** The kind of a collection, as errors and logs name it. */
export type CollectionKind = keyof typeof COLLECTIONS;

/**
 * Documents over which the counters of one space are spread. Measured: 20 concurrent increments of a
 * single document took 7.7 s on the emulator. A power of two, so that a hash byte picks one evenly.
 */
export const STATS_SHARDS = 16;
