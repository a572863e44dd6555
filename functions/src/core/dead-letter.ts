/**
 * Dead letters: why what is derived from a memory could not be brought in line with it. Each event about the
 * memory is tried a bounded number of times, so one that can never succeed ends, and says why.
 */
import { DEAD_LETTERS } from '../config.ts';
import type { ErrorCode } from '../errors.ts';

/** What is known of the failures of one memory. Never anything of the memory itself. */
export interface DeadLetter {
  /** Why the last attempt failed: the `reason` and `code` of its error. */
  readonly reason: string;
  readonly code: ErrorCode;
  /** Attempts that failed, of all events together, since the last one that succeeded. */
  readonly attempts: number;
  /** Milliseconds since the epoch of the first and of the last of them. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** True iff an event was given up: without help what is derived may stay wrong. */
  readonly dead: boolean;
  /** Attempts of each event that failed, by a digest of its id. */
  readonly tries: Readonly<Record<string, number>>;
}

/** An attempt that failed: at what time, for which event, and why. */
export interface FailedAttempt {
  readonly event: string;
  readonly now: number;
  readonly reason: string;
  readonly code: ErrorCode;
}

/** Where the attempts of events are counted that come after `DEAD_LETTERS.MAX_EVENTS` others. */
const OTHERS = 'others';

/** The letter after another failed attempt, and whether the event is given up with it. */
export function countFailure(
  before: DeadLetter | null,
  { event, now, reason, code }: FailedAttempt,
): { readonly letter: DeadLetter; readonly isGivenUp: boolean } {
  const known = before?.tries ?? {};
  const isCounted = event in known || Object.keys(known).length < DEAD_LETTERS.MAX_EVENTS;
  const name = isCounted ? event : OTHERS;
  const tries = (known[name] ?? 0) + 1;
  // A damaged document stays damaged until someone mends it, which makes an event of its own.
  const isGivenUp = code === 'data-loss' || tries >= DEAD_LETTERS.MAX_TRIES;
  const letter = {
    reason,
    code,
    attempts: (before?.attempts ?? 0) + 1,
    firstAt: before?.firstAt ?? now,
    lastAt: now,
    dead: isGivenUp || (before?.dead ?? false),
    tries: { ...known, [name]: tries },
  };
  return { letter, isGivenUp };
}
