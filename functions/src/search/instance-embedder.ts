/** The embedder of this instance: one for all calls, since loading it takes up to a second each time. */
import type { Embedder } from './embedder.ts';
import { localEmbedder } from './local-embedder.ts';

/** Loads its weights with the first text, not before. */
export const embedder: Embedder = localEmbedder();
