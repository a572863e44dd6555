/**
 * Verification and repair of a whole space, of 1,000 and of 10,000 memories: reads, writes and time, each also as
 * what a memory of the larger space takes in proportion to one of the smaller. Repaired is a space in which every
 * twentieth memory lost its entry by hand, and with it a twentieth of the counts is wrong.
 *
 * The floor is what it takes to read the same memories, entries and claims, by queries of as many documents: the
 * emulator goes through a whole collection for each query, so that there even this is not linear. `toFloor` is the
 * time in proportion to it. Medians of rounds that take one size after the other.
 */
import { VERIFY } from '../../functions/src/config.ts';
import { FieldPath, type Firestore, type Query } from '../../functions/src/storage/database.ts';
import { EmbeddingCache } from '../../functions/src/storage/embeddings.ts';
import { openCounters } from '../../functions/src/storage/open-counters.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import { walkSpace } from '../../functions/src/storage/verify-space.ts';
import { fill, filledId } from '../latency/filling.ts';
import { observe } from '../latency/footprint.ts';
import { quantile } from '../latency/statistics.ts';
import { sentence } from '../latency/texts.ts';
import type { WarmedEmbedder } from '../latency/warmed-embedder.ts';
import type { Bench, Part, Row } from './part.ts';

/** Memories of the two spaces. */
const SIZES = [1_000, 10_000] as const;

const ROUNDS = 3;

/** Of so many memories, one is damaged. */
const DAMAGED = 20;

/** Deletions of one commit. */
const BATCH = 400;

/** What going over a space took. */
interface Walked {
  readonly ms: number;
  readonly reads: number;
  readonly writes: number;
  readonly found: number;
  readonly mended: number;
}

const KINDS = ['floor', 'verify', 'repair'] as const;

interface Sample {
  readonly kind: (typeof KINDS)[number];
  readonly size: number;
  readonly walked: Walked;
}

/** The part. */
export const verification: Part = {
  title: `Verification and repair; to repair, 1 of ${DAMAGED} entries was deleted`,
  async run({ database, embedder }: Bench) {
    const samples: Sample[] = [];
    const spaces: { size: number; paths: SpacePaths }[] = [];
    for (const size of SIZES) spaces.push({ size, paths: await filled(database, size, embedder) });
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const { size, paths } of spaces) {
        const floor = await floorOf(database, paths, size);
        const verify = await walk(database, paths, embedder, false);
        await damage(database, paths, size, embedder);
        const repair = await walk(database, paths, embedder, true);
        // The first round warms up.
        if (round > 0) {
          samples.push({ kind: 'floor', size, walked: floor }, { kind: 'verify', size, walked: verify });
          samples.push({ kind: 'repair', size, walked: repair });
        }
      }
    }
    return KINDS.flatMap((kind) => SIZES.map((size) => rowOf(samples, kind, size)));
  },
};

/** A space in which all is well. */
async function filled(database: Firestore, size: number, embedder: WarmedEmbedder): Promise<SpacePaths> {
  const paths = tenantPaths(database, `verification-${size}-${Date.now()}`).space('space');
  await openCounters(database, paths);
  await fill(database, paths, size, embedder.id, undefined, { whole: true });
  return paths;
}

/** Deletes entries. The texts are embedded before: that is the embedder's time. */
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

/** Reads memories, entries and claims, then claims with their entries, and entries for the counters, as a walk does. */
function floorOf(database: Firestore, paths: SpacePaths, size: number): Promise<Walked> {
  return timed(database, async () => {
    await pages(paths.memories, VERIFY.PAGE);
    const hashes = await pages(paths.index, VERIFY.PAGE);
    for (let start = 0; start < hashes.length; start += VERIFY.PAGE)
      await database.getAll(...hashes.slice(start, start + VERIFY.PAGE).map(paths.claim));
    await pages(paths.claims, VERIFY.CLAIMS_PAGE);
    for (let start = 0; start < size; start += VERIFY.CLAIMS_PAGE) {
      const ids = Array.from({ length: Math.min(VERIFY.CLAIMS_PAGE, size - start) }, (_, n) =>
        filledId(start + n),
      );
      await database.getAll(...ids.map(paths.entry), { fieldMask: ['contentHash'] });
    }
    await pages(paths.index.select('counted'), VERIFY.COUNT_PAGE);
  });
}

/** Reads all that a query finds, in pages; returns the content hashes in it. */
async function pages(query: Query, limit: number): Promise<string[]> {
  const ordered = query.orderBy(FieldPath.documentId()).limit(limit);
  const hashes: string[] = [];
  for (let page = ordered; ; ) {
    const { docs } = await page.get();
    hashes.push(...docs.map((document) => String(document.get('contentHash'))));
    const last = docs.at(-1);
    if (last === undefined || docs.length < limit) return hashes;
    page = ordered.startAfter(last.id);
  }
}

async function walk(
  database: Firestore,
  paths: SpacePaths,
  embedder: WarmedEmbedder,
  mends: boolean,
): Promise<Walked> {
  const tallies: Awaited<ReturnType<typeof walkSpace>>[] = [];
  const walked = await timed(database, async () => {
    const embeddings = new EmbeddingCache(embedder);
    tallies.push(await walkSpace({ database, paths, embeddings, mends, now: Date.now }));
  });
  const found = tallies.flatMap(({ differences }) => Object.values(differences)).reduce((a, b) => a + b, 0);
  return { ...walked, found, mended: tallies.reduce((sum, { mended }) => sum + mended, 0) };
}

async function timed(database: Firestore, work: () => Promise<void>): Promise<Walked> {
  const began = performance.now();
  const footprint = await observe(database, work);
  return { ...footprint, ms: performance.now() - began, found: 0, mended: 0 };
}

/** The medians of a kind and a size, and how they compare to the smaller size and to the floor. */
function rowOf(samples: readonly Sample[], kind: Sample['kind'], size: number): Row {
  const median = (field: keyof Walked, of = kind, at = size) =>
    quantile(
      samples.filter((each) => each.kind === of && each.size === at).map(({ walked }) => walked[field]),
      0.5,
    );
  const [smallest = size] = SIZES;
  const growth = (field: keyof Walked) =>
    size === smallest ? null : rounded(median(field) / size / (median(field, kind, smallest) / smallest));
  return {
    name: `${kind} ${size}`,
    ms: Math.round(median('ms')),
    reads: median('reads'),
    writes: median('writes'),
    found: median('found'),
    mended: median('mended'),
    readsEach: rounded(median('reads') / size),
    readsGrowth: growth('reads'),
    timeGrowth: growth('ms'),
    toFloor: rounded(median('ms') / median('ms', 'floor')),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
