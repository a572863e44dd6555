/**
 * Remembers the last embeddings of an instance, by a digest of the text: a call that is repeated, a query that
 * a conversation asks again, need not be embedded twice. Only within a scope: an instance serves all
 * tenants, and an answer that comes faster because someone else embedded the same text would tell so.
 */
import { createHash } from 'node:crypto';
import { REMEMBERED_EMBEDDINGS } from '../config.ts';
import type { Embedder, EmbeddingPurpose } from './embedder.ts';

/** A memory of embeddings that all scopes share the room of. */
export interface EmbeddingMemory {
  /**
   * The embedder for those who may know of each other's texts, such as one member of one tenant. Texts that
   * are being embedded for the same scope are not embedded again, but waited for.
   */
  scoped(...scope: readonly string[]): Embedder;
}

/** One call of the inner embedder, and how many wait for it. */
interface Run {
  readonly vectors: Promise<readonly (readonly number[])[]>;
  readonly stop: AbortController;
  waiting: number;
}

/** Where the vector of a text will be. */
interface Share {
  readonly run: Run;
  readonly place: number;
}

/**
 * @param room embeddings that are kept, the ones that were used last
 */
export function rememberingEmbedder(inner: Embedder, room = REMEMBERED_EMBEDDINGS): EmbeddingMemory {
  const kept = new Map<string, readonly number[]>();
  const running = new Map<string, Share>();

  function remembered(key: string): readonly number[] | undefined {
    const vector = kept.get(key);
    if (vector !== undefined) {
      kept.delete(key);
      kept.set(key, vector);
    }
    return vector;
  }

  function keep(key: string, vector: readonly number[]): void {
    kept.delete(key);
    kept.set(key, vector);
    for (const oldest of kept.keys()) {
      if (kept.size <= room) break;
      kept.delete(oldest);
    }
  }

  /** Begins to embed texts that are neither kept nor on their way. */
  function begin(texts: ReadonlyMap<string, string>, purpose: EmbeddingPurpose): void {
    const stop = new AbortController();
    const keys = [...texts.keys()];
    const vectors = inner.embed([...texts.values()], stop.signal, purpose).then(
      (made) => {
        for (const [place, key] of keys.entries()) {
          if (running.get(key)?.run === run) running.delete(key);
          const vector = made[place];
          if (vector !== undefined) keep(key, vector);
        }
        return made;
      },
      (error: unknown) => {
        forget(run, keys);
        throw error;
      },
    );
    // Whoever waits is told of a failure; that nobody waits any more is no defect.
    vectors.catch(() => undefined);
    const run: Run = { vectors, stop, waiting: 0 };
    for (const [place, key] of keys.entries()) running.set(key, { run, place });
  }

  function forget(run: Run, keys: Iterable<string>): void {
    for (const key of [...keys]) if (running.get(key)?.run === run) running.delete(key);
  }

  async function wait({ run, place }: Share, signal: AbortSignal | undefined): Promise<readonly number[]> {
    run.waiting += 1;
    try {
      const vectors = await untilAborted(run.vectors, signal);
      const vector = vectors[place];
      if (vector === undefined) throw new Error('The embedder returned no vector.');
      return vector;
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0 && signal?.aborted === true) {
        forget(run, running.keys());
        run.stop.abort(signal.reason);
      }
    }
  }

  return {
    scoped: (...scope) => ({
      id: inner.id,
      dimensions: inner.dimensions,
      ...(inner.maxBatch !== undefined && { maxBatch: inner.maxBatch }),
      async embed(texts, signal, purpose = 'document') {
        signal?.throwIfAborted();
        const keys = texts.map((text) => keyOf(scope, purpose, text));
        const known = new Map(keys.map((key) => [key, remembered(key)]));
        const missing = new Map<string, string>();
        for (const [place, key] of keys.entries()) {
          if (known.get(key) === undefined && !running.has(key)) missing.set(key, texts[place] ?? '');
        }
        if (missing.size > 0) begin(missing, purpose);
        const shares = keys.map((key) => running.get(key));
        return Promise.all(
          keys.map(async (key, place) => {
            const share = shares[place];
            const vector = known.get(key) ?? (share && (await wait(share, signal)));
            if (vector === undefined) throw new Error('The embedder returned no vector.');
            return [...vector];
          }),
        );
      },
    }),
  };
}

/** Nothing can be told of a text by its key, and texts are not kept in memory. */
function keyOf(scope: readonly string[], purpose: EmbeddingPurpose, text: string): string {
  return createHash('sha256')
    .update(JSON.stringify([...scope, purpose, text]))
    .digest('base64');
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
