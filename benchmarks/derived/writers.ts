/**
 * Writers of one space at the same time: how many adds, each of one new memory, a second come through, and whether the
 * counters, which are spread over 16 documents, are exact afterwards. In this process, so without HTTP and admission;
 * the texts are embedded before: that is the embedder's time. On the emulator, which runs on the same cores.
 */
import { sumStats } from '../../functions/src/core/stats.ts';
import { EmbeddingCache } from '../../functions/src/storage/embeddings.ts';
import { readShard } from '../../functions/src/storage/stats-shards.ts';
import { walkSpace } from '../../functions/src/storage/verify-space.ts';
import { Scene, SPACE } from '../latency/scene.ts';
import { quantile } from '../latency/statistics.ts';
import { sentence } from '../latency/texts.ts';
import type { Bench, Part, Row } from './part.ts';

/** Writers of each row; each begins its next write when the one before has been answered. */
const WRITERS = [1, 10, 50] as const;

/** Milliseconds for which they write, at most, and writes that are prepared for each row. */
const TIME_MS = 10_000;
const PREPARED = 4_000;

/** Texts of this part begin here. */
const FIRST_TEXT = 8_000_000;

/** The part. */
export const writers: Part = {
  title: 'Adds by concurrent writers of one space',
  async run(bench: Bench) {
    const rows: Row[] = [];
    for (const [place, count] of WRITERS.entries()) rows.push(await row(bench, count, place));
    return rows;
  },
};

async function row({ database, embedder, options }: Bench, count: number, place: number): Promise<Row> {
  const scene = await Scene.open(database, 0, embedder);
  const texts = Array.from({ length: PREPARED }, (_, n) => sentence(FIRST_TEXT + place * PREPARED + n));
  await scene.warm(texts);
  const began = performance.now();
  const end = began + Math.min(TIME_MS, options.time);
  const times: number[] = [];
  let failed = 0;
  const write = async () => {
    while (performance.now() < end) {
      const text = texts.pop();
      if (text === undefined) return;
      const from = performance.now();
      await scene.manager.add(SPACE, { memories: [{ text }] }, scene.call()).then(
        () => times.push(performance.now() - from),
        () => {
          failed += 1;
        },
      );
    }
  };
  await Promise.all(Array.from({ length: count }, write));
  const took = performance.now() - began;
  return {
    name: `${count} writers`,
    writes: times.length,
    failed,
    perSecond: Math.round((times.length / took) * 1_000),
    p50: Math.round(quantile(times, 0.5)),
    p95: Math.round(quantile(times, 0.95)),
    ...(await counted(scene, embedder, times.length)),
  };
}

/** Whether the counters say what was written, and the verification of the space finds nothing. */
async function counted({ database, paths }: Scene, embedder: Bench['embedder'], written: number) {
  const { count } = sumStats((await paths.stats.get()).docs.map(readShard));
  const embeddings = new EmbeddingCache(embedder);
  const { differences } = await walkSpace({ database, paths, embeddings, mends: false, now: Date.now });
  const found = Object.values(differences).reduce((sum, n) => sum + n, 0);
  return { counted: count, isExact: count === written && found === 0 ? 'yes' : 'no' };
}
