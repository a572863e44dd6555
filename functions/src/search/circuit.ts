/** Keeps calls from waiting for what has just failed: after an outage they fail at once, for a while. */

/** What a circuit has to know of the service behind it. */
export interface CircuitOptions {
  /** Milliseconds for which nothing is tried after an outage. */
  readonly restMs: number;
  /** True iff the next call would fail in the same way. */
  readonly isOutage: (error: unknown) => boolean;
  /** Makes the error of a call that is not made. */
  readonly refusal: () => Error;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * A circuit around the calls of one service. An outage opens it: calls are then refused. After the rest one call at a
 * time is let through. What succeeds, or fails for another reason, closes it; an outage begins the rest anew. A call
 * whose caller went away says nothing.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  /** The end of the rest; null while the circuit is closed. */
  #until: number | null = null;
  #isProbing = false;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  /** Makes a call, or rejects with a refusal while the circuit is open. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#until === null) return this.#watch(work, signal);
    if (this.#isProbing || this.#now() < this.#until) throw this.#options.refusal();
    this.#isProbing = true;
    try {
      return await this.#watch(work, signal);
    } finally {
      this.#isProbing = false;
    }
  }

  async #watch<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    try {
      const result = await work();
      this.#until = null;
      return result;
    } catch (error) {
      if (this.#options.isOutage(error)) this.#until = this.#now() + this.#options.restMs;
      else if (signal?.aborted !== true) this.#until = null;
      throw error;
    }
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}
