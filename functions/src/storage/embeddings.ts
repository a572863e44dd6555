/** Embeds texts outside of a transaction and hands their vectors to the index plan inside of it. */
import type { Embeddings } from '../core/index-plan.ts';
import type { Embedder } from '../search/embedder.ts';

/** The vectors of the texts that were asked for so far. */
export class EmbeddingCache implements Embeddings {
  readonly #embedder: Embedder;
  readonly #vectors = new Map<string, readonly number[]>();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  get embedderId(): string {
    return this.#embedder.id;
  }

  of(text: string): readonly number[] | undefined {
    return this.#vectors.get(text);
  }

  /** Embeds those of the texts that are not embedded yet. */
  async prepare(texts: readonly string[], signal?: AbortSignal): Promise<void> {
    const missing = [...new Set(texts)].filter((text) => !this.#vectors.has(text));
    if (missing.length === 0) return;
    const vectors = await this.#embedder.embed(missing, signal);
    for (const [place, text] of missing.entries()) {
      const vector = vectors[place];
      if (vector !== undefined) this.#vectors.set(text, vector);
    }
  }
}

/** Thrown out of a transaction whose plan needs a vector that was not foreseen; it is then run again. */
export class EmbeddingNeeded extends Error {
  readonly text: string;

  constructor(text: string) {
    super('A vector is needed first.');
    this.text = text;
  }
}
