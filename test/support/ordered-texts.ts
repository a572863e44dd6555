/** Memories whose order of nearness is known: by their words and by their meaning the first are nearest to `tea`. */
import type { MemoryInput } from '../../functions/src/contract/types.ts';
import type { Embedder } from '../../functions/src/search/embedder.ts';
import type { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';
import { callBy } from './storage.ts';

/** Above this, all places mean the same. */
const MOST = 2_000;

/** The text of a place, from 0 on: the farther, the longer. */
export function textAt(place: number): string {
  return `tea ${place} ${'milk '.repeat(place)}`;
}

/** Embeds such texts by their number, in the first two dimensions; a text without one is what all is near to. */
export function byPlace(id = 'by-place'): Embedder {
  return {
    id,
    dimensions: 384,
    embed: async (texts) =>
      texts.map((text) => {
        const angle = ((Number(/\d+/.exec(text)?.[0] ?? 0) / MOST) * Math.PI) / 2;
        return [Math.cos(angle), Math.sin(angle), ...new Array<number>(382).fill(0)];
      }),
  };
}

/** Adds so many of them, each with the id `m<place>`. */
export async function addOrdered(
  manager: FirestoreMemoryManager,
  space: string,
  count: number,
  more: (place: number) => Partial<MemoryInput> = () => ({}),
): Promise<void> {
  const all = Array.from({ length: count }, (_, place) => {
    return { id: `m${place}`, text: textAt(place), ...more(place) };
  });
  for (let n = 0; n < count; n += 100) {
    await manager.add(space, { memories: all.slice(n, n + 100) }, callBy('ann'));
  }
}
