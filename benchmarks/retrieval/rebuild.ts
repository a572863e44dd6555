/** Takes all that is derived from a conversation away, and has it derived again. */
import { COLLECTIONS } from '../../functions/src/config.ts';
import type { Tally } from '../../functions/src/core/difference.ts';
import type { Embedder } from '../../functions/src/search/embedder.ts';
import type { Firestore } from '../../functions/src/storage/database.ts';
import { EmbeddingCache } from '../../functions/src/storage/embeddings.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import { walkSpace } from '../../functions/src/storage/verify-space.ts';

const { index, stats, sessions, claims, frequencies } = COLLECTIONS;

/** Deletes every derived document of a space, then reindexes it as the job does. Returns what that found. */
export async function rebuild(database: Firestore, paths: SpacePaths, embedder: Embedder): Promise<Tally> {
  for (const name of [index, stats, sessions, claims, frequencies]) {
    await database.recursiveDelete(paths.space.collection(name));
  }
  const embeddings = new EmbeddingCache(embedder);
  return walkSpace({ database, paths, embeddings, mends: true, now: Date.now });
}
