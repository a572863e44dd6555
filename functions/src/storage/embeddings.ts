/** Embeds texts outside of a transaction and hands their vectors to the index plan inside of it. */
import * as logger from 'firebase-functions/logger';
import type { Embedding, Embeddings } from '../core/index-plan.ts';
import { OperationError, StorageError } from '../errors.ts';
import { type Embedder, type EmbeddingPurpose, embedWithTokens } from '../search/embedder.ts';
import { failureRecord } from './operation-log.ts';

/** Embeddings that are kept, each some 20 KB: more than one transaction needs, less than a long job makes. */
const ROOM = 500;

/** The embeddings of the texts that were asked for last. */
export class EmbeddingCache implements Embeddings {
  readonly #embedder: Embedder;
  readonly #purpose: EmbeddingPurpose;
  readonly #made = new Map<string, Embedding | null>();
  #failure: StorageError | null = null;

  constructor(embedder: Embedder, purpose: EmbeddingPurpose = 'document') {
    this.#embedder = embedder;
    this.#purpose = purpose;
  }

  get embedderId(): string {
    return this.#embedder.id;
  }

  /** Why texts could not be embedded; null if all could. */
  get failure(): StorageError | null {
    return this.#failure;
  }

  of(text: string): Embedding | null | undefined {
    return this.#made.get(text);
  }

  /**
   * Embeds those of the texts that are not embedded yet. An embedder that fails is logged and stops nothing:
   * the memories are found by their words until the trigger, which is told by `failure`, can embed them.
   * @throws the reason of the signal once that is aborted; OperationError (`internal`, reason
   *   `invalid-configuration`) if there is no embedder, as its parameters are wrong
   */
  async prepare(texts: readonly string[], signal?: AbortSignal): Promise<void> {
    const wanted = [...new Set(texts)];
    const missing = wanted.filter((text) => !this.#made.has(text));
    for (const text of wanted) this.#touch(text);
    if (missing.length === 0) return;
    const { id } = this.#embedder;
    const made = await embedWithTokens(this.#embedder, missing, signal, this.#purpose).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        this.#failure = failureOf(error);
        const { code, details } = this.#failure;
        const told = failureRecord(this.#failure) ?? { ...details, code };
        logger.error('texts not embedded', { ...told, embedder: id, texts: missing.length });
        return [];
      },
    );
    for (const [place, text] of missing.entries()) this.#made.set(text, made[place] ?? null);
    this.#forget(Math.max(ROOM, wanted.length));
  }

  /** Makes it the one that is forgotten last. */
  #touch(text: string): void {
    const made = this.#made.get(text);
    if (made === undefined) return;
    this.#made.delete(text);
    this.#made.set(text, made);
  }

  /** Forgets what was asked for longest ago. */
  #forget(room: number): void {
    for (const text of this.#made.keys()) {
      if (this.#made.size <= room) return;
      this.#made.delete(text);
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

function failureOf(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const details = { reason: 'unexpected', collection: 'index' } as const;
  return new OperationError('internal', 'The operation failed inside the service.', details, error);
}
