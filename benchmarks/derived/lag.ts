/**
 * Trigger lag: how long after the commit of a memory, written by the Admin SDK, its index entry is there, by the
 * times at which the database says that it created the two. Nobody listens meanwhile: the emulator runs the query of
 * a listener again at each commit. Measured: with one on the entries, 14 writes a second were
 * reconciled instead of 223.
 *
 * The functions emulator runs the trigger for writes one at a time. A burst is too much for it, since it gives each
 * concurrent event a process of its own (ADR 0011): of 1,000 it took 790 in 280 s. So the burst goes to the built
 * trigger, served as Cloud Run does, one instance that takes as many events at a time as it is deployed with.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Firestore } from '../../functions/src/storage/database.ts';
import { openCounters } from '../../functions/src/storage/open-counters.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import { quantile } from '../latency/statistics.ts';
import { sentence } from '../latency/texts.ts';
import { type Bench, DERIVED_DATABASE, type Part, type Row } from './part.ts';
import { ServedTrigger } from './served-trigger.ts';

/** Writes that are awaited one by one, after one that loads the embedder. */
const SINGLES = 20;

/** Memories of one commit of the burst. */
const BATCH = 100;

/** Milliseconds between two looks at entries that are to come, and entries of one look. */
const LOOK_MS = 50;
const LOOKS = 20;

/** Texts of this part begin here. */
const FIRST_TEXT = 7_000_000;

/** The part. */
export const lag: Part = {
  title: 'Lag of the trigger, milliseconds from commit to entry',
  async run({ database, live, options }: Bench) {
    const { time } = options;
    const singles = Array.from({ length: SINGLES }, (_, n) => `single-${n}`);
    const burst = Array.from({ length: options.burst }, (_, n) => `burst-${n}`);
    const rows: Row[] = [];
    const watched = { paths: await openPaths(live), trigger: null };
    rows.push(await oneByOne('functions emulator, one at a time', watched, singles, time));
    const paths = await openPaths(database);
    const trigger = await ServedTrigger.start(paths, DERIVED_DATABASE);
    try {
      const space = { paths, trigger };
      rows.push(await oneByOne('served, one at a time', space, singles, time));
      rows.push(await atOnce(`served, burst of ${burst.length}`, space, burst, time));
      trigger.check();
    } finally {
      await trigger.stop();
    }
    return rows;
  },
};

/** Where is written, and who has to be told of it; null where the emulator does so. */
interface Space {
  readonly paths: SpacePaths;
  readonly trigger: ServedTrigger | null;
}

async function openPaths(database: Firestore): Promise<SpacePaths> {
  const paths = tenantPaths(database, `lag-${Date.now()}`).space('space');
  await openCounters(database, paths);
  return paths;
}

async function oneByOne(name: string, space: Space, ids: readonly string[], time: number): Promise<Row> {
  const end = performance.now() + time;
  for (const id of ['first-0', ...ids]) {
    await commit(space, [id]);
    await arrival(space.paths, [id], end);
  }
  return row(name, space.paths, ids, false);
}

async function atOnce(name: string, space: Space, ids: readonly string[], time: number): Promise<Row> {
  const end = performance.now() + time;
  const starts = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, n) => n * BATCH);
  await Promise.all(starts.map((start) => commit(space, ids.slice(start, start + BATCH))));
  await arrival(space.paths, ids, end);
  return row(name, space.paths, ids, true);
}

async function commit({ paths, trigger }: Space, ids: readonly string[]): Promise<void> {
  const batch = paths.space.firestore.batch();
  for (const id of ids)
    batch.set(paths.memory(id), { text: sentence(FIRST_TEXT + Number(id.split('-')[1])) });
  await batch.commit();
  trigger?.written(ids);
}

/** Resolves when all of the entries are there, or at the end of the time by the clock of `performance`. */
async function arrival(paths: SpacePaths, ids: readonly string[], end: number): Promise<void> {
  let missing = ids.map(paths.entry);
  while (missing.length > 0 && performance.now() < end) {
    // Those at the end come last: it is enough to look at them until they are there.
    const found = await paths.space.firestore.getAll(...missing.slice(-LOOKS), { fieldMask: ['version'] });
    const there = new Set(found.filter(({ exists }) => exists).map(({ id }) => id));
    missing = missing.filter(({ id }) => !there.has(id));
    if (there.size < found.length) await pause(LOOK_MS);
  }
}

/** Milliseconds from the creation of each memory to that of its entry, and how many entries came a second. */
async function row(name: string, paths: SpacePaths, ids: readonly string[], isBurst: boolean): Promise<Row> {
  const created = async (references: readonly ReturnType<SpacePaths['entry']>[]) =>
    (await paths.space.firestore.getAll(...references, { fieldMask: ['version'] })).map(
      ({ createTime }) => createTime?.toMillis() ?? null,
    );
  const memories = await created(ids.map(paths.memory));
  const entries = await created(ids.map(paths.entry));
  const times = memories.flatMap((from, n) => {
    const to = entries[n] ?? null;
    return from === null || to === null ? [] : [{ from, to }];
  });
  const lags = times.map(({ from, to }) => to - from);
  const figure = (q: number) => (lags.length === 0 ? null : Math.round(quantile(lags, q)));
  const took = Math.max(...times.map(({ to }) => to)) - Math.min(...times.map(({ from }) => from));
  const perSecond = isBurst && lags.length > 0 ? Math.round((lags.length / took) * 1_000) : null;
  return { name, writes: ids.length, arrived: lags.length, p50: figure(0.5), p95: figure(0.95), perSecond };
}
