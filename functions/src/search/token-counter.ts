/**
 * Counts tokens as the models of OpenAI do (o200k_base); for other models the figure is a good estimate.
 * Measured: 160 ms to load, 2 ms for 32 KB of prose, 0.6 s for as many equal letters.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { tokenWork } from '../core/quotation.ts';

/** Counts tokens until its allowance of work is used up. */
export interface TokenCounter {
  /**
   * The tokens of a text, or `Infinity` if they are more than `limit`, or if counting them would take more
   * than what is left of the allowance. Between two texts the event loop gets its turn.
   */
  count(text: string, limit: number): Promise<number>;
}

/** Nothing in a stored text is a token with a meaning of its own, such as `<|endoftext|>`. */
const AS_PLAIN_TEXT = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };

/**
 * A counter for one call.
 * @param allowance as `tokenWork` estimates it
 */
export async function tokenCounter(allowance: number, signal?: AbortSignal): Promise<TokenCounter> {
  const { isWithinTokenLimit, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  // The cache would keep up to 100,000 stored texts in the memory of an instance that serves all tenants.
  setMergeCacheSize(0);
  let left = allowance;
  return {
    async count(text, limit) {
      signal?.throwIfAborted();
      const work = tokenWork(text);
      if (work > left) return Number.POSITIVE_INFINITY;
      left -= work;
      const tokens = isWithinTokenLimit(text, limit, AS_PLAIN_TEXT);
      await nextTurn();
      return tokens === false ? Number.POSITIVE_INFINITY : tokens;
    },
  };
}
