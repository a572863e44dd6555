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
  /** As `embed`, with the vectors of what the texts consist of. A model that keeps those to itself has none of it. */
  embedTokens?(
    texts: readonly string[],
    signal?: AbortSignal,
    purpose?: EmbeddingPurpose,
  ): Promise<TextVectors[]>;
}

/** A text's vector, and those of its tokens in their order, as far as the model read. */
export interface TextVectors {
  readonly vector: number[];
  readonly tokens: readonly TokenVector[];
}

/** The vector of a token: a word, or a part of one, in its context. */
export interface TokenVector {
  /** Where the token begins in the text, in UTF-16 units. */
  readonly start: number;
  /** Where it ends: the unit after its last. */
  readonly end: number;
  /** As many numbers as the text's vector has, of length 1. */
  readonly vector: Float32Array;
}
