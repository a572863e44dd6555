/**
 * The embedder without its time. What embedding costs depends on the machine and the text, and would hide
 * what storage costs; so the texts of the measured operations are embedded before, and it is timed apart.
 */
import type { Embedder } from '../../functions/src/search/embedder.ts';

/** An embedder that answers from memory. */
export interface WarmedEmbedder extends Embedder {
  /** Embeds the texts for later. */
  warm(texts: readonly string[]): Promise<void>;
}

/** Puts a memory around an embedder. A text that was not warmed is an error, so that none is ever timed. */
export function warmedEmbedder(inner: Embedder): WarmedEmbedder {
  const vectors = new Map<string, number[]>();
  return {
    id: inner.id,
    dimensions: inner.dimensions,
    async warm(texts) {
      const missing = [...new Set(texts)].filter((text) => !vectors.has(text));
      const made = await inner.embed(missing);
      for (const [place, text] of missing.entries()) vectors.set(text, made[place] ?? []);
    },
    async embed(texts) {
      return texts.map((text) => {
        const vector = vectors.get(text);
        if (vector === undefined) throw new Error(`This text was not embedded before: ${text}`);
        return [...vector];
      });
    },
  };
}
