/** The end of work that may take too long: the one place where a deadline is kept. */
import { type CollectionKind, DEFAULTS } from '../config.ts';
import { ConnectionError, OperationError } from '../errors.ts';
import type { ErrorScene } from './translate-error.ts';

/** Until when something may take, and for how long anybody waits for it. */
export interface Waiting {
  /** Milliseconds since the epoch; in `DEFAULTS.DEADLINE_MS` if there is none. */
  readonly deadline?: number;
  /** Aborted when the caller is gone. */
  readonly signal?: AbortSignal;
}

/** The same, of what has an end: `signal` is aborted at its deadline, or when the caller is gone. */
export type Bounded<W extends Waiting> = W & { readonly deadline: number; readonly signal: AbortSignal };

/**
 * Does something that ends at its deadline, or when nobody waits any more, at the latest; what of it cannot be stopped
 * by the signal goes on unheard.
 * @throws ConnectionError (`deadline-exceeded`), OperationError (`cancelled`), and what `work` throws
 */
export async function withinDeadline<W extends Waiting, T>(
  { collection }: Pick<ErrorScene, 'collection'>,
  call: W,
  work: (call: Bounded<W>) => Promise<T>,
): Promise<T> {
  const deadline = call.deadline ?? Date.now() + DEFAULTS.DEADLINE_MS;
  const left = deadline - Date.now();
  const stop = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (error: Error) => {
    reject(error);
    stop.abort(error);
  };
  const timer = setTimeout(() => end(deadlineExceeded(collection)), Math.max(0, left));
  const onAbort = () => end(cancelled(collection));
  call.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (call.signal?.aborted) throw cancelled(collection);
    if (left <= 0) throw deadlineExceeded(collection);
    return await Promise.race([work({ ...call, deadline, signal: stop.signal }), ended]);
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', onAbort);
  }
}

function deadlineExceeded(collection: CollectionKind): ConnectionError {
  const message = 'The call took too long. It may have taken effect; repeat it with its key.';
  return new ConnectionError('deadline-exceeded', message, { reason: 'deadline', collection });
}

function cancelled(collection: CollectionKind): OperationError {
  const message = 'The call was cancelled. It may have taken effect; repeat it with its key.';
  return new OperationError('cancelled', message, { reason: 'cancelled', collection });
}
