/** What search asks of a model that turns text into vectors. */
export interface Embedder {
  /**
   * Names the model, its version and its precision, such as `minilm-l6-v2-fp16`. Vectors of two ids are not
   * comparable, so it is stored with what was embedded.
   */
  readonly id: string;
  /** Length of every vector. */
  readonly dimensions: number;
  /**
   * Returns one vector of length 1 for each text, in their order. Any string is a valid text, the empty one
   * too. Rejects with the reason of the signal once that is aborted.
   */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<number[][]>;
}
