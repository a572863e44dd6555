/**
 * Remembers the last embeddings of an instance, by a digest of the text: a call that is repeated, a query that
 * a conversation asks again, need not be embedded twice. Only within a scope: an instance serves all
 * tenants, and an answer that comes faster because someone else embedded the same text would tell so.
 */
import { createHash } from 'node:crypto';
import { REMEMBERED_EMBEDDINGS } from '../config.ts';
import type { Embedding } from '../core/index-plan.ts';
import { type Embedder, type EmbeddingPurpose, embedWithTokens } from './embedder.ts';

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
  readonly embeddings: Promise<readonly Embedding[]>;
  readonly stop: AbortController;
  waiting: number;
}

/** Where the embedding of a text will be. */
interface Share {
  readonly run: Run;
  readonly place: number;
}

/**
 * @param room embeddings that are kept, the ones that were used last
 */
export function rememberingEmbedder(inner: Embedder, room = REMEMBERED_EMBEDDINGS): EmbeddingMemory {
  const kept = new Map<string, Embedding>();
  const running = new Map<string, Share>();

  function remembered(key: string): Embedding | undefined {
    const embedding = kept.get(key);
    if (embedding !== undefined) {
      kept.delete(key);
      kept.set(key, embedding);
    }
    return embedding;
  }

  function keep(key: string, embedding: Embedding): void {
    kept.delete(key);
    kept.set(key, embedding);
    for (const oldest of kept.keys()) {
      if (kept.size <= room) break;
      kept.delete(oldest);
    }
  }

  /** Begins to embed texts that are neither kept nor on their way. */
  function begin(texts: ReadonlyMap<string, string>, purpose: EmbeddingPurpose): void {
    const stop = new AbortController();
    const keys = [...texts.keys()];
    const embeddings = embedWithTokens(inner, [...texts.values()], stop.signal, purpose).then(
      (made) => {
        for (const [place, key] of keys.entries()) {
          if (running.get(key)?.run === run) running.delete(key);
          const embedding = made[place];
          if (embedding !== undefined) keep(key, embedding);
        }
        return made;
      },
      (error: unknown) => {
        forget(run, keys);
        throw error;
      },
    );
    // Whoever waits is told of a failure; that nobody waits any more is no defect.
    embeddings.catch(() => undefined);
    const run: Run = { embeddings, stop, waiting: 0 };
    for (const [place, key] of keys.entries()) running.set(key, { run, place });
  }

  function forget(run: Run, keys: Iterable<string>): void {
    for (const key of [...keys]) if (running.get(key)?.run === run) running.delete(key);
  }

  async function wait({ run, place }: Share, signal: AbortSignal | undefined): Promise<Embedding> {
    run.waiting += 1;
    try {
      const embeddings = await untilAborted(run.embeddings, signal);
      const embedding = embeddings[place];
      if (embedding === undefined) throw new Error('The embedder returned no vector.');
      return embedding;
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0 && signal?.aborted === true) {
        forget(run, running.keys());
        run.stop.abort(signal.reason);
      }
    }
  }

  /** The embeddings of texts, in their order: remembered, on their way, or made now. */
  async function embed(
    scope: readonly string[],
    texts: readonly string[],
    signal: AbortSignal | undefined,
    purpose: EmbeddingPurpose,
  ): Promise<Embedding[]> {
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
        const embedding = known.get(key) ?? (share && (await wait(share, signal)));
        if (embedding === undefined) throw new Error('The embedder returned no vector.');
        return embedding;
      }),
    );
  }

  return {
    // Asked when they are needed: an inner one that is not configured fails what embeds, and nothing else.
    scoped: (...scope) => ({
      get id() {
        return inner.id;
      },
      get dimensions() {
        return inner.dimensions;
      },
      get maxBatch() {
        return inner.maxBatch ?? Number.POSITIVE_INFINITY;
      },
      async embed(texts, signal, purpose = 'document') {
        const embeddings = await embed(scope, texts, signal, purpose);
        return embeddings.map(({ vector }) => [...vector]);
      },
      embedTokens: (texts, signal, purpose = 'document') => embed(scope, texts, signal, purpose),
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
