/** Shows a new memory reaching somebody who watches. */
import type { Firememory } from '../../client/src/index.ts';
import { withDeadline } from './deadline.ts';
import { clip, type Screen, since } from './screen.ts';

const TEXT = 'Somebody was watching when this memory was written.';

/** Watches the caller's personal space, adds a memory, and waits until it is shown. Throws if it is not. */
export async function showLiveMemory(client: Firememory, screen: Screen): Promise<void> {
  const began = Promise.withResolvers<number>();
  const arrived = Promise.withResolvers<string>();
  // A failure may come while only one of the two is awaited.
  arrived.promise.catch(() => undefined);
  const stop = client.onMemories(
    { limit: 5 },
    (memories) => {
      began.resolve(memories.length);
      const memory = memories.find(({ text }) => text === TEXT);
      if (memory !== undefined) arrived.resolve(memory.text);
    },
    (error) => {
      began.reject(error);
      arrived.reject(error);
    },
  );
  try {
    const count = await withDeadline(began.promise, 'the first live answer');
    screen.line(`watching the newest memories, ${count} at first`);
    const start = performance.now();
    await client.memory.add({ text: TEXT, kind: 'event' }, { key: 'live' });
    const text = await withDeadline(arrived.promise, 'the new memory to arrive');
    screen.good(`arrived live, ${since(start)} after it was sent: “${clip(text)}”`);
  } finally {
    stop();
  }
}
