/** Memories of many kinds: two dozen of them, with sessions, tags, metadata, expiry, history and a past. */
import type { CallContext } from '../../functions/src/storage/base-storage-manager.ts';
import type { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';

const TOPICS = ['tea', 'the sea', 'a zebra', 'old maps', 'rain in Oslo', 'bread', 'chess', 'a violin'];

/** Writes them through the write path. `fact-1`, `expiring` and three turns of `chat` are among them. */
export async function someMemories(
  manager: FirestoreMemoryManager,
  space: string,
  call: CallContext,
): Promise<void> {
  const facts = TOPICS.map((topic, n) => ({
    id: `fact-${n}`,
    text: `Ann knows a lot about ${topic}, and has done so for ${n + 2} years.`,
    kind: n % 2 === 0 ? 'fact' : 'preference',
    tags: [`tag-${n % 3}`, 'all'],
    metadata: { place: { city: n % 2 === 0 ? 'Oslo' : 'Bergen' } },
    importance: n / 10,
  }));
  const notes = TOPICS.map((topic, n) => ({
    text: `A note on ${topic}.`,
    kind: 'note',
    sessionId: `n${n % 2}`,
  }));
  const expiring = { id: 'expiring', text: 'Soon to be forgotten: tea with a zebra.', ttlSeconds: 3_600 };
  await manager.add(space, { memories: [...facts, ...notes, expiring] }, call);
  const turn = (role: 'user' | 'assistant', text: string) => ({ role, text });
  await manager.append(
    space,
    {
      session: 'chat',
      messages: [turn('user', 'What about tea?'), turn('assistant', 'Green tea.'), turn('user', 'And rain?')],
    },
    call,
  );
  await manager.append(space, { session: 'other', messages: [turn('user', 'What about tea?')] }, call);
  await manager.update(
    space,
    { id: 'fact-2', changes: { text: 'Ann saw a zebra by the sea.', tags: ['seen'] } },
    call,
  );
  await manager.delete(space, { id: 'fact-3' }, call);
}
