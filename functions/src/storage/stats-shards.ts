/** The counters of a space as they are stored, and their sums. */
import type { DocumentData, DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import * as z from 'zod';
import { STATS_SHARDS } from '../config.ts';
import type { SpaceStatsResponse } from '../contract/types.ts';
import { NO_EMBEDDER } from '../core/index-plan.ts';
import { type Stats, sumStats } from '../core/stats.ts';
import { OperationError } from '../errors.ts';
import type { SpacePaths } from './paths.ts';
import { TAG_PREFIX } from './writer.ts';

const counts = z.record(z.string(), z.int()).default({});

const storedTotals = z.object({ count: z.int(), bytes: z.int() });
const storedStats = storedTotals.extend({ byKind: counts, byTag: counts });

/** The documents that count a space. */
export function statsShards(paths: SpacePaths): DocumentReference[] {
  return Array.from({ length: STATS_SHARDS }, (_, shard) => paths.stats.doc(String(shard)));
}

/**
 * Sums the counters of a space. All shards are read by one query, so they are of one moment. What waits for its
 * embedding is counted beside them.
 */
export async function readStats(paths: SpacePaths): Promise<SpaceStatsResponse> {
  const pending = paths.index.where('embedder', '==', NO_EMBEDDER).count().get();
  const [{ docs, readTime }, unembedded] = await Promise.all([paths.stats.get(), pending]);
  const { count, bytes, byKind, byTag } = sumStats(docs.map(decodeStats));
  return {
    count,
    bytes,
    byKind: Object.fromEntries(byKind),
    byTag: Object.fromEntries(byTag),
    ...(unembedded.data().count > 0 && { unembedded: unembedded.data().count }),
    asOf: readTime.toDate().toISOString(),
  };
}

/**
 * Reads how many memories a shard counts, and their bytes.
 * @throws OperationError (`data-loss`)
 */
export function decodeTotals(snapshot: DocumentSnapshot): Pick<Stats, 'count' | 'bytes'> {
  return sound(storedTotals.safeParse(snapshot.data()));
}

/** True iff the counters of a shard can be read. */
export function isSoundShard(snapshot: DocumentSnapshot): boolean {
  return storedStats.safeParse(snapshot.data()).success;
}

/** Reads what can be read of a shard, and zero where nothing can: as an increment does. */
export function readShard(snapshot: DocumentSnapshot): Stats {
  const integer = (value: unknown) => (Number.isSafeInteger(value) ? Number(value) : 0);
  const named = (field: string, prefix: string) => {
    const map: unknown = snapshot.get(field);
    const isMap = typeof map === 'object' && map !== null && !Array.isArray(map);
    const entries = isMap ? Object.entries(map) : [];
    const own = entries.filter(([name, n]) => name.startsWith(prefix) && integer(n) !== 0);
    return new Map(own.map(([name, n]) => [name.slice(prefix.length), integer(n)]));
  };
  return {
    count: integer(snapshot.get('count')),
    bytes: integer(snapshot.get('bytes')),
    byKind: named('byKind', ''),
    byTag: named('byTag', TAG_PREFIX),
  };
}

/** The document of a shard with these counters. */
export function statsDocument({ count, bytes, byKind, byTag }: Stats): DocumentData {
  const tags = [...byTag].map(([name, n]): [string, number] => [TAG_PREFIX + name, n]);
  return { count, bytes, byKind: Object.fromEntries(byKind), byTag: Object.fromEntries(tags) };
}

/**
 * Reads the counters of a shard.
 * @throws OperationError (`data-loss`): a counter that cannot be read cannot be left out of an exact sum
 */
export function decodeStats(snapshot: DocumentSnapshot): Stats {
  const { count, bytes, byKind, byTag } = sound(storedStats.safeParse(snapshot.data()));
  const tags = Object.entries(byTag).map(([name, n]): [string, number] => [name.slice(TAG_PREFIX.length), n]);
  return { count, bytes, byKind: new Map(Object.entries(byKind)), byTag: new Map(tags) };
}

function sound<T>(parsed: z.ZodSafeParseResult<T>): T {
  if (parsed.success) return parsed.data;
  throw new OperationError(
    'data-loss',
    'The counters of the space are damaged.',
    { reason: 'damaged-document', collection: 'stats' },
    parsed.error,
  );
}
