/** Markers of sessions whose last turn is forgotten. */
import type { DocumentSnapshot, Transaction } from './database.ts';
import type { SpacePaths } from './paths.ts';
import { turnsOf } from './queries.ts';

/**
 * Reads whether the sessions of what is forgotten have other turns, and returns what removes the markers of
 * those that have none. The query makes whoever appends meanwhile wait, so that no turn is without a marker.
 * @param memoryId the memory that is forgotten
 * @param documents the memory, its entry, its revisions
 */
export async function forgettingSessions(
  transaction: Transaction,
  paths: SpacePaths,
  memoryId: string,
  documents: readonly DocumentSnapshot[],
): Promise<() => void> {
  const sessions = [...new Set(documents.flatMap(sessionOf))];
  const ended = await Promise.all(
    sessions.map(async (session) => {
      const { docs } = await transaction.get(turnsOf(paths, session).select().limit(2));
      return docs.every(({ id }) => id === memoryId) ? [paths.session(session)] : [];
    }),
  );
  return () => {
    for (const marker of ended.flat()) transaction.delete(marker);
  };
}

function sessionOf(document: DocumentSnapshot): string[] {
  for (const prefix of ['', 'memory.']) {
    const session: unknown = document.get(`${prefix}sessionId`);
    if (document.get(`${prefix}kind`) === 'message' && typeof session === 'string') return [session];
  }
  return [];
}
