/** The vectors of the real embedder, each made once: at some ms a text, thousands of deliveries would take long. */
import type { Embedding } from '../../../functions/src/core/index-plan.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';

/** Makes the instance's embedder remember what it made; the answer undoes that. */
export function rememberVectors(): () => void {
  const { embedTokens } = embedder;
  if (embedTokens === undefined) throw new Error('The embedder tells no tokens.');
  const made = new Map<string, Promise<Embedding>>();
  const one = async (text: string) => {
    const [embedding] = await embedTokens.call(embedder, [text]);
    if (embedding === undefined) throw new Error('The embedder made no vector.');
    return embedding;
  };
  const remembered: typeof embedTokens = (texts) =>
    Promise.all(
      texts.map((text) => {
        const embedding = made.get(text) ?? one(text);
        made.set(text, embedding);
        return embedding;
      }),
    );
  Object.assign(embedder, { embedTokens: remembered });
  return () => void Object.assign(embedder, { embedTokens });
}
