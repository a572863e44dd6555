/** What a live read shows: the newest snapshot without the memories whose time is over. */
import type { Memory } from '../../functions/src/contract/types.ts';

/** The time and a way to be called later; passed in so that a test can hold the clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs the callback once after the milliseconds; what it returns calls it off. */
  after(milliseconds: number, run: () => void): () => void;
}

/** The clock of the machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** The longest delay that timers take, in milliseconds: 2^31 − 1, about 25 days. A longer one fires at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Hands every change of what may be shown to a listener, those that only the passing of time makes too. */
export class LiveWindow {
  readonly #onNext: (memories: Memory[]) => void;
  readonly #clock: Clock;
  #memories: readonly Memory[] = [];
  #cancelTimer: (() => void) | null = null;
  #closed = false;

  constructor(onNext: (memories: Memory[]) => void, clock: Clock) {
    this.#onNext = onNext;
    this.#clock = clock;
  }

  /** Replaces what is shown and tells the listener. Does nothing after `close`. */
  show(memories: readonly Memory[]): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    this.#memories = memories.filter((memory) => expiryMs(memory) > now);
    // Before the listener is called, which may close the window or throw.
    this.#wakeAtNextExpiry(now);
    this.#onNext([...this.#memories]);
  }

  /** Ends it: the listener is not called again. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #wakeAtNextExpiry(now: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const next = Math.min(...this.#memories.map(expiryMs));
    if (next === Number.POSITIVE_INFINITY) return;
    const delay = Math.min(next - now, MAX_TIMER_MS);
    this.#cancelTimer = this.#clock.after(delay, () => this.#wake());
  }

  #wake(): void {
    const now = this.#clock.now();
    const anyExpired = this.#memories.some((memory) => expiryMs(memory) <= now);
    if (anyExpired) this.show(this.#memories);
    else this.#wakeAtNextExpiry(now);
  }
}

/** Milliseconds since the epoch from which on the memory is absent; infinite for never. */
function expiryMs(memory: Memory): number {
  return memory.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(memory.expiresAt);
}
