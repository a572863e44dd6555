import { type Embedding, NO_EMBEDDER } from '../core/index-plan.ts';

/** What a text is embedded for: some models make other vectors of a question than of what may answer it. */
export type EmbeddingPurpose = 'document' | 'query';

/** What search asks of a model that turns text into vectors. */
export interface Embedder {
  /**
   * Names the model, its version and its precision, such as `minilm-l6-v2-int16-128`. Vectors of two ids are not
   * comparable, so it is stored with what was embedded.
   */
  readonly id: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /** Texts of one request to a hosted model. `embed` takes any number of texts and divides them by itself. */
  readonly maxBatch?: number;
  /**
   * Returns one vector of length 1 for each text, in their order. Any string is a valid text, the empty one
   * too. Rejects with the reason of the signal once that is aborted.
   * @param purpose `document` by default
   */
  embed(texts: readonly string[], signal?: AbortSignal, purpose?: EmbeddingPurpose): Promise<number[][]>;
  /**
   * As `embed`, with the vectors of the tokens that each text consists of, in their order, as far as the model read.
   * A hosted model keeps those to itself and has none of it.
   */
  embedTokens?(
    texts: readonly string[],
    signal?: AbortSignal,
    purpose?: EmbeddingPurpose,
  ): Promise<Embedding[]>;
}

/** For what embeds nothing: a memory that ends, a space that is deleted. */
export const EMBEDS_NOTHING: Embedder = { id: NO_EMBEDDER, dimensions: 0, embed: async () => [] };

/** Embeds texts with the vectors of their tokens, where the embedder tells them. */
export async function embedWithTokens(
  embedder: Embedder,
  texts: readonly string[],
  signal?: AbortSignal,
  purpose?: EmbeddingPurpose,
): Promise<Embedding[]> {
  if (embedder.embedTokens !== undefined) return embedder.embedTokens(texts, signal, purpose);
  const vectors = await embedder.embed(texts, signal, purpose);
  return vectors.map((vector) => ({ vector }));
}
