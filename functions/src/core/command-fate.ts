/** What becomes of a command whose run failed: whether it stays queued. */
import { INBOX } from '../config.ts';
import { StorageError } from '../errors.ts';

/**
 * True iff a command may be run at this age. A run that is older could not rely on the receipt of the one
 * before it, and might do twice what was to be done once.
 * @param ageMs milliseconds since the command was created
 */
export function mayRun(ageMs: number): boolean {
  return ageMs < INBOX.RUN_MS;
}

/** An id that the client SDK made: nine base-36 digits of the time, four of a count, twenty hexadecimal ones of chance. */
const TIMED_ID = /^([0-9a-z]{9})[0-9a-z]{4}[0-9a-f]{20}$/;

/**
 * True iff the id of a command says that it was made so long before it arrived that the same command may have been
 * done, and removed since: a client that never heard so sends it once more. Other ids say nothing.
 * @param createdAt milliseconds since the epoch, by the clock of the database
 */
export function mayBeSpent(commandId: string, createdAt: number): boolean {
  const [, digits] = TIMED_ID.exec(commandId) ?? [];
  if (digits === undefined) return false;
  return createdAt - Number.parseInt(digits, 36) >= INBOX.KEPT_MS - INBOX.CLOCK_MS;
}

/**
 * True iff a command that failed with this error is to be run again: for as long as it may run, where the same
 * call may succeed unchanged; for a shorter while, where nobody foresaw the error or the deployment is not
 * ready, since the later commands of the member wait meanwhile.
 * @param ageMs milliseconds since the command was created
 */
export function mayRunAgain(error: unknown, ageMs: number): boolean {
  if (!mayRun(ageMs)) return false;
  if (error instanceof StorageError && error.retryable) return true;
  return isUnforeseen(error) && ageMs < INBOX.PATIENCE_MS;
}

/** True iff the error says nothing about the command. */
function isUnforeseen(error: unknown): boolean {
  if (!(error instanceof StorageError)) return true;
  return error.code === 'internal' || error.code === 'cancelled' || error.details.reason === 'not-set-up';
}
