import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The signal that a user or a supervisor sent to end the tool. */
export class Interruption extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`Stopped by ${signal}.`);
    this.signal = signal;
  }
}

/**
 * From now on the first ending signal aborts the returned signal, its reason an {@link Interruption}; later ones
 * are ignored, since each stage of the shutdown has its own deadline.
 */
export function catchInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => controller.abort(new Interruption(signal)));
  return controller.signal;
}

/** Which signal aborted it; SIGTERM when it was not a signal. */
export function interruptingSignal(interrupt: AbortSignal): NodeJS.Signals {
  const reason: unknown = interrupt.reason;
  return reason instanceof Interruption ? reason.signal : 'SIGTERM';
}

/** The exit code that shells give to a process which ended by `signal`. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
