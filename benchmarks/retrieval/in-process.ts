/** The storage in this process, on the Firestore emulator, without HTTP, sign-in and admission. */
import { randomUUID } from 'node:crypto';
import type { Embedder } from '../../functions/src/search/embedder.ts';
import type { Firestore } from '../../functions/src/storage/database.ts';
import { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import type { Conversation } from '../../tools/conversation/read-conversation.ts';
import { batchesOf } from './data.ts';
import { type Query, spaceOf, type Way } from './way.ts';

/** The storage, and where it keeps a conversation. */
export interface InProcess extends Way {
  paths(conversation: Conversation): SpacePaths;
}

/** Opens a fresh tenant. */
export function inProcess(database: Firestore, embedder: Embedder): InProcess {
  const reads: number[] = [];
  const tenantId = `retrieval-${randomUUID()}`;
  const manager = new FirestoreMemoryManager({
    database,
    tenantId,
    cursorSecret: 's'.repeat(43),
    embedder,
    log: {
      ended: ({ operation, reads: n }) => {
        if (operation === 'memory.search') reads.push(n ?? Number.NaN);
      },
      failed: ({ cause }) => console.error(cause),
    },
  });
  const call = () => ({ actor: 'bench', now: Date.now() });
  return {
    name: 'in process',
    async store(conversation: Conversation) {
      for (const batch of batchesOf(conversation.turns)) {
        await manager.append(spaceOf(conversation), batch, call());
      }
    },
    async search(conversation: Conversation, query: Query) {
      const began = performance.now();
      const { results } = await manager.search([spaceOf(conversation)], query, call());
      return { ids: results.map(({ memory }) => memory.id), latencyMs: performance.now() - began };
    },
    paths: (conversation: Conversation) => tenantPaths(database, tenantId).space(spaceOf(conversation)),
    reads: async () => reads,
    end: async () => undefined,
  };
}
