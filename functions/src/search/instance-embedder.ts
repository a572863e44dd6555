/** The embedder of this instance: one for all calls, since loading it takes up to a second each time. */
import { type EmbeddingMemory, rememberingEmbedder } from './cached-embedder.ts';
import { type Embedder, embedWithTokens } from './embedder.ts';
import { type EmbedderSettings, embedderSettings } from './embedder-settings.ts';
import { geminiEmbedder } from './gemini-embedder.ts';
import { localEmbedder } from './local-embedder.ts';
import { openAiEmbedder } from './openai-embedder.ts';

let chosen: Embedder | undefined;
let memory: EmbeddingMemory | undefined;

/**
 * The one that the parameters choose, which are read when it is first used. Loads its weights, or the client
 * of its service, with the first text, not before. Each of its fields and methods throws an OperationError
 * (`internal`, reason `invalid-configuration`) if a parameter is not what it may be.
 */
export const embedder: Embedder = {
  get id() {
    return instance().id;
  },
  get dimensions() {
    return instance().dimensions;
  },
  get maxBatch() {
    return instance().maxBatch ?? Number.POSITIVE_INFINITY;
  },
  embed: async (...request) => instance().embed(...request),
  embedTokens: async (...request) => embedWithTokens(instance(), ...request),
};

/**
 * The same, which remembers what it embedded last for the same scope. Like the other it reads the parameters when it
 * is first used, so that what embeds nothing does not depend on them.
 * @param scope whoever may know of each other's texts: a tenant and one of its members
 */
export function embedderFor(...scope: readonly string[]): Embedder {
  memory ??= rememberingEmbedder(embedder);
  return memory.scoped(...scope);
}

function instance(): Embedder {
  chosen ??= open(embedderSettings());
  return chosen;
}

function open(settings: EmbedderSettings): Embedder {
  switch (settings.kind) {
    case 'local':
      return localEmbedder();
    case 'gemini':
      return geminiEmbedder(settings.options);
    case 'openai':
      return openAiEmbedder(settings.options);
  }
}
