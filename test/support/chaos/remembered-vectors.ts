/** The vectors of the real embedder, each made once: of 45 ms a text, thousands of deliveries would take minutes. */
import { embedder } from '../../../functions/src/search/instance-embedder.ts';

/** Makes the instance's embedder remember what it made; the answer undoes that. */
export function rememberVectors(): () => void {
  const { embed } = embedder;
  const vectors = new Map<string, Promise<number[]>>();
  const one = async (text: string) => {
    const [vector] = await embed.call(embedder, [text]);
    if (vector === undefined) throw new Error('The embedder made no vector.');
    return vector;
  };
  const remembered: typeof embed = (texts) =>
    Promise.all(
      texts.map((text) => {
        const vector = vectors.get(text) ?? one(text);
        vectors.set(text, vector);
        return vector;
      }),
    );
  Object.assign(embedder, { embed: remembered });
  return () => void Object.assign(embedder, { embed });
}
