/**
 * The errors of Firememory: `StorageError` and its three kinds. Every error carries a code of the wire
 * contract and a stable machine-readable `reason`. A message is safe to show to a client: it never holds
 * text, metadata, tokens or ids of other tenants. The cause is kept for the log alone.
 */

/** The codes of the wire contract, a subset of the codes of Firebase callables. */
export type ErrorCode =
  | 'invalid-argument'
  | 'unauthenticated'
  | 'permission-denied'
  | 'not-found'
  | 'already-exists'
  | 'failed-precondition'
  | 'aborted'
  | 'resource-exhausted'
  | 'cancelled'
  | 'data-loss'
  | 'unavailable'
  | 'deadline-exceeded'
  | 'internal';

/** One thing wrong with a request: where, and which rule it breaks. Never the value itself. */
export interface Issue {
  /** Path into the request, such as `memories.0.text`. */
  readonly path: string;
  /** A stable code, such as `too_big` or `unrecognized_keys`. */
  readonly code: string;
}

/** What an error carries besides its code and message. */
export interface ErrorDetails {
  /** Stable, machine-readable, kebab-case; says which of the cases behind a code it is. */
  readonly reason: string;
  /** Only for `invalid-argument`. */
  readonly issues?: readonly Issue[];
  /** The operation that failed, such as `memory.add`; filled in by the storage module and the binding. */
  readonly operation?: string;
  /** The kind of collection it concerned, such as `memories`; never a path. */
  readonly collection?: string;
}

/** The root of all errors that Firememory throws on purpose. */
export class StorageError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }

  /** True iff the same call may succeed when it is made again unchanged. */
  get retryable(): boolean {
    return this.code === 'aborted' && this.details.reason !== 'version-mismatch';
  }
}

/** The codes of a backend that could not be reached or did not answer in time. */
export type ConnectionCode = Extract<ErrorCode, 'unavailable' | 'deadline-exceeded' | 'resource-exhausted'>;

/** Firestore could not be reached, was too slow, or throttled the call. Always safe to retry with a key. */
export class ConnectionError extends StorageError {
  constructor(code: ConnectionCode, message: string, details: ErrorDetails, cause?: unknown) {
    super(code, message, details, cause);
  }

  override get retryable(): boolean {
    return true;
  }
}

/** The request is not of the form that the contract asks for. Nothing was read or written. */
export class ValidationError extends StorageError {
  constructor(issues: readonly Issue[], reason = 'invalid-request') {
    const paths = issues.slice(0, 5).map((issue) => `${issue.path || '(request)'}: ${issue.code}`);
    const more = issues.length > 5 ? ` and ${issues.length - 5} more` : '';
    super('invalid-argument', `The request is invalid: ${paths.join('; ')}${more}.`, {
      reason,
      issues: issues.slice(0, MAX_ISSUES),
    });
  }
}

/** At most this many issues are told of one request, so that a hostile one cannot ask for a large answer. */
const MAX_ISSUES = 50;

/** The request is well formed but cannot be carried out. */
export class OperationError extends StorageError {
  constructor(
    code: Exclude<ErrorCode, 'invalid-argument'>,
    message: string,
    details: ErrorDetails,
    cause?: unknown,
  ) {
    super(code, message, details, cause);
  }
}

/** The answer for a memory that is missing, deleted or expired: the three cannot be told apart. */
export function memoryNotFound(): OperationError {
  return new OperationError('not-found', 'There is no such memory.', {
    reason: 'memory-not-found',
    collection: 'memories',
  });
}

/** The answer for a record of an agent that is missing, deleted or expired: the three cannot be told apart. */
export function recordNotFound(): OperationError {
  return new OperationError('not-found', 'There is no such record.', {
    reason: 'record-not-found',
    collection: 'agentData',
  });
}

/** The answer for a job that is missing, and for one that is not for the caller to see. */
export function jobNotFound(): OperationError {
  return new OperationError('not-found', 'There is no such job.', {
    reason: 'job-not-found',
    collection: 'jobs',
  });
}

/**
 * The answer for whoever may not do what was asked. A tenant or space that exists but is not the caller's
 * answers with the same bytes as one that does not exist.
 */
export function permissionDenied(): OperationError {
  return new OperationError('permission-denied', 'You may not do this, or it does not exist.', {
    reason: 'permission-denied',
  });
}

/** The path of a document in a message of Firestore, from the tenant on. */
const PATH = /\btenants\/[^\s"'`)\],]+/g;

/**
 * What is told of the cause of a failure: its stack. Ids are left out of paths, whose collections stay, and so is
 * the message of a syntax error, which quotes what was to be read. Nothing at all is told of what is no error.
 */
export function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return `not an error: ${typeof cause}`;
  const { message, stack = message } = cause;
  const told = cause instanceof SyntaxError ? stack.replace(message, '…') : stack;
  return told.replace(PATH, (path) =>
    path
      .split('/')
      .map((segment, place) => (place % 2 === 0 ? segment : '…'))
      .join('/'),
  );
}
