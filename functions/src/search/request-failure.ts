/**
 * Why a request to a hosted model failed, without anything that may not be told: SDKs put the answer of the
 * service into their errors, and that may quote the text or a part of the key.
 */

/** What is known of the failure. */
export interface FailureFacts {
  /** The HTTP status, if there was an answer. */
  readonly status?: number | undefined;
  /** A short code of the service, the system or this service: `invalid_api_key`, `ECONNRESET`. */
  readonly code?: string | undefined;
  /** Milliseconds for which the service asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** The only error of a request that is kept as a cause, and so gets into the log. */
export class RequestFailure extends Error {
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ status, code, retryAfterMs }: FailureFacts) {
    super(`The embedding service failed: ${[status, safeCode(code)].filter(Boolean).join(' ') || 'unknown'}`);
    this.name = 'RequestFailure';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** True iff the same request may succeed later; what is not so is a matter of the configuration. */
  get mayPass(): boolean {
    const { status } = this;
    return status === undefined || status >= 500 || PASSING.has(status);
  }
}

/** Timeout, conflict, too early, too many: of the statuses below 500 only these may pass. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** The failure that an error of an SDK stands for; the error itself is forgotten. */
export function failureOf(error: unknown): RequestFailure {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof RequestFailure) return each;
  }
  return new RequestFailure({ code: codeOf(error) });
}

/** The code of a system error, from its innermost cause, or the name of the error. */
export function codeOf(error: unknown): string | undefined {
  let found: string | undefined;
  for (let each = error; each instanceof Error; each = each.cause) {
    const code = 'code' in each && typeof each.code === 'string' ? each.code : undefined;
    found = code ?? found ?? each.name;
  }
  return found;
}

/** A code that is a word; anything else could be a text. */
function safeCode(code: string | undefined): string | undefined {
  return code !== undefined && /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(code) ? code : undefined;
}
