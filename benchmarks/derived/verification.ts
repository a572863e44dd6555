/**
 * Verification and repair of a whole space, of 1,000 and of 10,000 memories: time, reads and writes, and what each
 * memory of the larger one takes in proportion to one of the smaller. Repaired is a space in which every twentieth
 * memory lost its entry by hand, and with it a twentieth of the counts is wrong.
 */
import type { Firestore } from '../../functions/src/storage/database.ts';
import { EmbeddingCache } from '../../functions/src/storage/embeddings.ts';
import { openCounters } from '../../functions/src/storage/open-counters.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import { walkSpace } from '../../functions/src/storage/verify-space.ts';
import { fill, filledId } from '../latency/filling.ts';
import { observe } from '../latency/footprint.ts';
import { sentence } from '../latency/texts.ts';
import type { WarmedEmbedder } from '../latency/warmed-embedder.ts';
import type { Bench, Part, Row } from './part.ts';

/** Memories of the two spaces. */
const SIZES = [1_000, 10_000] as const;

/** Of so many memories, one is damaged. */
const DAMAGED = 20;

/** Deletions of one commit. */
const BATCH = 400;

/** What a walk over a space took. */
interface Walked {
  readonly ms: number;
  readonly reads: number;
  readonly writes: number;
  readonly found: number;
  readonly mended: number;
}

/** The part. */
export const verification: Part = {
  title: `Verification and repair; to repair, 1 of ${DAMAGED} entries was deleted`,
  async run({ database, embedder }: Bench) {
    const walks: Record<'verify' | 'repair', { size: number; walked: Walked }[]> = { verify: [], repair: [] };
    for (const size of SIZES) {
      const paths = await filled(database, size, embedder);
      walks.verify.push({ size, walked: await walk(database, paths, embedder, false) });
      await damage(database, paths, size, embedder);
      walks.repair.push({ size, walked: await walk(database, paths, embedder, true) });
    }
    return Object.entries(walks).flatMap(([name, [small, large]]) =>
      small === undefined || large === undefined ? [] : [rowOf(name, small, null), rowOf(name, large, small)],
    );
  },
};

/** A space in which all is well. */
async function filled(database: Firestore, size: number, embedder: WarmedEmbedder): Promise<SpacePaths> {
  const paths = tenantPaths(database, `verification-${size}-${Date.now()}`).space('space');
  await openCounters(database, paths);
  await fill(database, paths, size, embedder.id, undefined, { whole: true });
  return paths;
}

/** The texts are embedded before: that is the embedder's time. */
async function damage(
  database: Firestore,
  paths: SpacePaths,
  size: number,
  embedder: WarmedEmbedder,
): Promise<void> {
  const places = Array.from({ length: size / DAMAGED }, (_, n) => n * DAMAGED);
  await embedder.warm(places.map(sentence));
  for (let start = 0; start < places.length; start += BATCH) {
    const batch = database.batch();
    for (const place of places.slice(start, start + BATCH)) batch.delete(paths.entry(filledId(place)));
    await batch.commit();
  }
}

async function walk(
  database: Firestore,
  paths: SpacePaths,
  embedder: WarmedEmbedder,
  mends: boolean,
): Promise<Walked> {
  const began = performance.now();
  const tallies: Awaited<ReturnType<typeof walkSpace>>[] = [];
  const footprint = await observe(database, async () => {
    const embeddings = new EmbeddingCache(embedder);
    tallies.push(await walkSpace({ database, paths, embeddings, mends, now: Date.now }));
  });
  const ms = performance.now() - began;
  const found = tallies.flatMap(({ differences }) => Object.values(differences)).reduce((a, b) => a + b, 0);
  return { ...footprint, ms, found, mended: tallies.reduce((sum, { mended }) => sum + mended, 0) };
}

/** The figures of a walk, and how those of each memory compare to the smaller space. */
function rowOf(
  name: string,
  { size, walked }: { readonly size: number; readonly walked: Walked },
  small: { readonly size: number; readonly walked: Walked } | null,
): Row {
  const { ms, reads, writes, found, mended } = walked;
  const ratio = (of: (each: Walked) => number) =>
    small === null ? null : Number((of(walked) / size / (of(small.walked) / small.size)).toFixed(2));
  return {
    name: `${name} ${size}`,
    ...{ ms: Math.round(ms), reads, writes, found, mended },
    readsEach: Number((reads / size).toFixed(2)),
    readsRatio: ratio((each) => each.reads),
    timeRatio: ratio((each) => each.ms),
  };
}
