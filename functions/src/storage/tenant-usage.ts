/** What a tenant has stored: the sum of its spaces' counters. */
import { LIMITS } from '../config.ts';
import { isId } from '../contract/primitives.ts';
import type { TenantUsageResponse } from '../contract/types.ts';
import type { Firestore } from './database.ts';
import type { TenantPaths } from './paths.ts';
import { precondition } from './standing.ts';
import { decodeTotals } from './stats-shards.ts';

/** Spaces whose counters are read at once. */
const SPACES_AT_ONCE = 50;

/**
 * Adds up the counters of every space that has a document and of the personal space of everyone who is or
 * was a member, since that needs no document. One read-only transaction, so that all is of one moment.
 * @throws OperationError (`failed-precondition`) above `LIMITS.MAX_USAGE_SPACES` spaces or members
 */
export async function readUsage(
  database: Firestore,
  paths: TenantPaths,
  signal: AbortSignal | undefined,
): Promise<TenantUsageResponse> {
  return database.runTransaction(
    async (transaction) => {
      const [spaces, members] = await Promise.all(
        [paths.spaces, paths.members].map(async (collection) => {
          const { docs } = await transaction.get(collection.select().limit(LIMITS.MAX_USAGE_SPACES + 1));
          if (docs.length > LIMITS.MAX_USAGE_SPACES) throw precondition('too-many-spaces', 'spaces');
          return docs.map(({ id }) => id);
        }),
      );
      const ids = [...new Set([...(spaces ?? []), ...(members ?? [])])].filter(isId);
      const usage = { memories: 0, bytes: 0, quota: null };
      for (let next = 0; next < ids.length; next += SPACES_AT_ONCE) {
        signal?.throwIfAborted();
        const queries = ids
          .slice(next, next + SPACES_AT_ONCE)
          .map((id) => paths.space(id).stats.select('count', 'bytes'));
        const pages = await Promise.all(queries.map((query) => transaction.get(query)));
        for (const { count, bytes } of pages.flatMap(({ docs }) => docs.map(decodeTotals))) {
          usage.memories += count;
          usage.bytes += bytes;
        }
      }
      return usage;
    },
    { readOnly: true },
  );
}
