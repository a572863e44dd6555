/** The one error of the client, and how the errors of the Firebase SDKs become it. */
import type { FunctionsErrorCodeCore } from 'firebase/functions';

/** A callable's code without the `functions/` prefix. */
export type FirememoryErrorCode = Exclude<FunctionsErrorCodeCore, 'ok'>;

/** One thing wrong with a request: where, such as `memories.0.text`, and which rule it breaks. */
export interface Issue {
  readonly path: string;
  readonly code: string;
}

/** What a `FirememoryError` says besides its code and message. */
export interface ErrorFacts {
  readonly reason: string;
  readonly operation: string;
  readonly issues?: readonly Issue[] | undefined;
  readonly cause?: unknown;
}

/** The reason of an error that did not come from Firememory itself: it carried no details. */
export const PLATFORM_ERROR = 'platform-error';

/** Every method of the client rejects with this and nothing else; live reads hand it to `onError`. */
export class FirememoryError extends Error {
  override readonly name = 'FirememoryError';
  readonly code: FirememoryErrorCode;
  /**
   * Stable and machine-readable; says which of the cases behind a code it is, such as `key-reused`.
   * `platform-error` when the answer did not come from Firememory: no network, not deployed, refused by
   * the platform.
   */
  readonly reason: string;
  /** What is wrong with the request; empty unless the code is `invalid-argument`. */
  readonly issues: readonly Issue[];
  /** What failed, such as `memory.add`. */
  readonly operation: string;

  constructor(code: FirememoryErrorCode, message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.reason = facts.reason;
    this.issues = facts.issues ?? [];
    this.operation = facts.operation;
  }

  /**
   * True iff the same call may succeed when it is made again unchanged. A mutation that may already have
   * been carried out is only safe to repeat with an idempotency key.
   */
  get retryable(): boolean {
    if (NEVER_BY_RETRY.has(this.reason)) return false;
    // The Functions SDK reports a lost network and a crashed instance alike, as `internal` without details.
    return RETRYABLE.has(this.code) || (this.code === 'internal' && this.reason === PLATFORM_ERROR);
  }
}

const RETRYABLE: ReadonlySet<string> = new Set<FirememoryErrorCode>([
  'aborted',
  'deadline-exceeded',
  'resource-exhausted',
  'unavailable',
]);

/**
 * Their codes are shared with passing troubles, but they only go away when the request changes; or, of a command
 * that was too old, it may have taken effect, and no key tells: look first.
 */
const NEVER_BY_RETRY: ReadonlySet<string> = new Set([
  'version-mismatch',
  'quota-exceeded',
  'command-too-old',
]);

/** What is known to be wrong with a request before it is sent; the code is `invalid-argument`. */
export function invalidRequest(operation: string, path: string, code: string): FirememoryError {
  return new FirememoryError('invalid-argument', `The request is invalid: ${path || '(request)'}: ${code}.`, {
    reason: 'invalid-request',
    issues: [{ path, code }],
    operation,
  });
}

/** Translates whatever a callable was rejected with. An error that is translated already stays as it is. */
export function callError(operation: string, error: unknown): FirememoryError {
  if (error instanceof FirememoryError) return error;
  const code = firebaseCode(error, 'functions/');
  if (code === null) {
    return new FirememoryError('internal', 'The answer could not be read.', {
      reason: 'unreadable-answer',
      operation,
      cause: error,
    });
  }
  const details = detailsOf(error);
  // The SDK appends the HTTP status, as in "There is no such memory. [404]".
  const message = error instanceof Error ? error.message.replace(/ \[\d{1,3}\]$/, '') : code;
  return new FirememoryError(code, message, {
    reason: typeof details.reason === 'string' ? details.reason : PLATFORM_ERROR,
    issues: issuesOf(details.issues),
    operation: typeof details.operation === 'string' ? details.operation : operation,
    cause: error,
  });
}

/** Translates what Firestore ended a live read with. */
export function liveError(operation: string, error: unknown): FirememoryError {
  if (error instanceof FirememoryError) return error;
  const code = firebaseCode(error, '') ?? 'internal';
  const denied = code === 'permission-denied';
  const message = denied ? 'You may not do this, or it does not exist.' : 'The live read ended.';
  return new FirememoryError(code, message, {
    reason: denied ? 'permission-denied' : 'live-read-failed',
    operation,
    cause: error,
  });
}

/** Translates what Firestore refused a write with. */
export function writeError(operation: string, error: unknown): FirememoryError {
  const code = firebaseCode(error, '') ?? 'internal';
  if (code === 'permission-denied') return liveError(operation, error);
  const facts = { reason: PLATFORM_ERROR, operation, cause: error };
  return new FirememoryError(code, 'Firestore did not take the command in.', facts);
}

/** The error that a command ended with, as the service wrote it into the command. */
export function commandError(operation: string, stored: unknown): FirememoryError {
  const { code, reason, message } = { ...(typeof stored === 'object' ? stored : null) } as Record<
    string,
    unknown
  >;
  const known = typeof code === 'string' && isCode(code) ? code : 'unknown';
  return new FirememoryError(known, typeof message === 'string' ? message : known, {
    reason: typeof reason === 'string' ? reason : PLATFORM_ERROR,
    operation,
  });
}

/** The code of a FirebaseError whose code begins with the prefix, or null if it is no such error. */
function firebaseCode(error: unknown, prefix: string): FirememoryErrorCode | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  if (!error.code.startsWith(prefix)) return null;
  const code = error.code.slice(prefix.length);
  return isCode(code) ? code : 'unknown';
}

/** Keyed by code, so that the compiler notices one that is missing. */
const CODES: Record<FirememoryErrorCode, true> = {
  aborted: true,
  'already-exists': true,
  cancelled: true,
  'data-loss': true,
  'deadline-exceeded': true,
  'failed-precondition': true,
  internal: true,
  'invalid-argument': true,
  'not-found': true,
  'out-of-range': true,
  'permission-denied': true,
  'resource-exhausted': true,
  unauthenticated: true,
  unavailable: true,
  unimplemented: true,
  unknown: true,
};

function isCode(code: string): code is FirememoryErrorCode {
  return Object.hasOwn(CODES, code);
}

function detailsOf(error: unknown): Record<string, unknown> {
  const details = error instanceof Error && 'details' in error ? error.details : null;
  return typeof details === 'object' && details !== null ? { ...details } : {};
}

function issuesOf(value: unknown): Issue[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('path' in issue) || !('code' in issue)) return [];
    const { path, code } = issue;
    return typeof path === 'string' && typeof code === 'string' ? [{ path, code }] : [];
  });
}
