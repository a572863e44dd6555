/**
 * The embedder without its time. What embedding costs depends on the machine and the text, and would hide
 * what storage costs; so the texts of the measured operations are embedded before, and it is timed apart.
 */
import type { Embedding } from '../../functions/src/core/index-plan.ts';
import { type Embedder, embedWithTokens } from '../../functions/src/search/embedder.ts';

/** An embedder that answers from memory. */
export interface WarmedEmbedder extends Embedder {
  /** Embeds the texts for later. */
  warm(texts: readonly string[]): Promise<void>;
}

/**
 * Puts a memory around an embedder, of the vectors of the tokens too if it tells them. A text that was not warmed
 * is an error, so that none is ever timed.
 */
export function warmedEmbedder(inner: Embedder): WarmedEmbedder {
  const made = new Map<string, Embedding>();
  const remembered = (text: string): Embedding => {
    const embedding = made.get(text);
    if (embedding === undefined) throw new Error(`This text was not embedded before: ${text}`);
    return embedding;
  };
  return {
    id: inner.id,
    dimensions: inner.dimensions,
    async warm(texts) {
      const missing = [...new Set(texts)].filter((text) => !made.has(text));
      for (const [place, embedding] of (await embedWithTokens(inner, missing)).entries()) {
        made.set(missing[place] ?? '', embedding);
      }
    },
    async embed(texts) {
      return texts.map((text) => [...remembered(text).vector]);
    },
    embedTokens: async (texts) => texts.map(remembered),
  };
}
