/** Trying an operation again after an error that may pass: when, how often, after which pause. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RETRY } from '../config.ts';
import type { StorageError } from '../errors.ts';

/**
 * The operations that may be done again after any error that may pass: they read, or they know their own
 * effect when they find it, by a receipt or as `once.ts` does. Any other is done again only after an error
 * that says that nothing was applied.
 */
const SAFE_TO_REPEAT: ReadonlySet<string> = new Set([
  ...['memory.get', 'memory.list', 'memory.search', 'memory.history'],
  ...['session.history', 'session.list', 'session.context', 'session.delete'],
  ...['memory.add', 'memory.update', 'memory.delete', 'memory.restore', 'session.append'],
  ...['agentData.add', 'agentData.get', 'agentData.list', 'agentData.delete'],
  ...['tenant.admit', 'tenant.create', 'tenant.usage', 'tenant.members', 'tenant.settings'],
  ...['tenant.setMember', 'tenant.removeMember', 'space.grant', 'space.revoke'],
  ...['space.create', 'space.list', 'space.stats', 'system.health'],
  ...['memory.purge', 'job.start', 'job.get', 'inbox.read', 'inbox.first', 'inbox.finish'],
]);

/** Where pauses and their lengths come from; tests give their own. */
export interface Pauses {
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Waits; rejects with the reason of the signal once that is aborted. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Real time and real chance. */
export const REAL_PAUSES: Pauses = {
  random: Math.random,
  wait: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, { signal });
  },
};

/**
 * Runs `work`, and again after an error that may pass, with a random pause of up to `RETRY.BASE_MS`, twice as
 * long each time. An error whose pause would not end before the deadline is the answer at once.
 * @param deadline milliseconds since the epoch
 * @param translate makes a `StorageError` of whatever `work` throws
 * @throws StorageError the last error of `work`
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  translate: (error: unknown) => StorageError,
  rules: {
    readonly operation: string;
    readonly deadline: number;
    readonly signal: AbortSignal;
    readonly pauses: Pauses;
  },
): Promise<T> {
  const { operation, deadline, signal, pauses } = rules;
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const translated = translate(error);
      if (tries >= RETRY.MAX_TRIES || signal.aborted || !mayPass(translated, operation)) throw translated;
      const pause = pauses.random() * Math.min(RETRY.CAP_MS, RETRY.BASE_MS * 2 ** (tries - 1));
      if (Date.now() + pause >= deadline) throw translated;
      await pauses.wait(pause, signal);
    }
  }
}

/** The reasons of errors after which the same may succeed. Not `deadline`: there is no time left. */
const PASSING = new Set(['unavailable', 'throttled', 'contention', 'database-internal']);

function mayPass(error: StorageError, operation: string): boolean {
  if (!PASSING.has(error.details.reason)) return false;
  return SAFE_TO_REPEAT.has(operation) || isUnapplied(error);
}

/** gRPC's ABORTED, or our own giving up: the transaction was not committed, for certain. */
function isUnapplied({ details, cause }: StorageError): boolean {
  if (details.reason !== 'contention') return false;
  return !(cause instanceof Error) || !('code' in cause) || cause.code === 10;
}
