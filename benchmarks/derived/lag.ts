/**
 * Trigger lag: how long after the commit of a memory, written by the Admin SDK, its index entry is there. A
 * listener on the entries sees them come.
 *
 * The functions emulator runs the trigger for writes one at a time. A burst is too much for it, since it gives each
 * concurrent event a process of its own (ADR 0011): of 1,000 it took 790 in 280 s. So the burst goes to the built
 * trigger, served as Cloud Run does, one instance that takes as many events at a time as it is deployed with.
 */
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
    await withSpace(live, async (space) => {
      rows.push(await oneByOne('functions emulator, one at a time', space, singles, time));
    });
    await withSpace(database, async (space) => {
      const trigger = await ServedTrigger.start(space.paths, DERIVED_DATABASE);
      try {
        rows.push(await oneByOne('served, one at a time', space, singles, time));
        rows.push(await atOnce(`served, burst of ${burst.length}`, space, burst, time));
        trigger.check();
      } finally {
        await trigger.stop();
      }
    });
    return rows;
  },
};

interface Space {
  readonly paths: SpacePaths;
  readonly entries: Arrivals;
}

async function withSpace(database: Firestore, work: (space: Space) => Promise<void>): Promise<void> {
  const paths = tenantPaths(database, `lag-${Date.now()}`).space('space');
  await openCounters(database, paths);
  const entries = new Arrivals(paths);
  try {
    await work({ paths, entries });
  } finally {
    entries.stop();
  }
}

async function oneByOne(name: string, { paths, entries }: Space, ids: readonly string[], time: number) {
  const end = performance.now() + time;
  for (const id of ['first-0', ...ids]) {
    await commit(paths, [id], entries);
    await entries.all([id], end);
  }
  return row(name, ids, entries, null);
}

async function atOnce(name: string, { paths, entries }: Space, ids: readonly string[], time: number) {
  const began = performance.now();
  const starts = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, n) => n * BATCH);
  await Promise.all(starts.map((start) => commit(paths, ids.slice(start, start + BATCH), entries)));
  await entries.all(ids, began + time);
  return row(name, ids, entries, performance.now() - began);
}

async function commit(paths: SpacePaths, ids: readonly string[], entries: Arrivals): Promise<void> {
  const batch = paths.space.firestore.batch();
  for (const id of ids)
    batch.set(paths.memory(id), { text: sentence(FIRST_TEXT + Number(id.split('-')[1])) });
  await batch.commit();
  entries.committed(ids);
}

function row(name: string, ids: readonly string[], entries: Arrivals, took: number | null): Row {
  const lags = ids.flatMap((id) => entries.lagOf(id) ?? []);
  const figure = (q: number) => (lags.length === 0 ? null : Math.round(quantile(lags, q)));
  const perSecond = took === null ? null : Math.round((lags.length / took) * 1_000);
  return { name, writes: ids.length, arrived: lags.length, p50: figure(0.5), p95: figure(0.95), perSecond };
}

/** When memories were committed, and when a listener first saw their entries. */
class Arrivals {
  readonly #committed = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly #stop: () => void;
  #failure: Error | null = null;
  #changed: () => void = () => undefined;

  constructor(paths: SpacePaths) {
    this.#stop = paths.index.onSnapshot(
      (snapshot) => {
        const now = performance.now();
        for (const { type, doc } of snapshot.docChanges()) {
          if (type === 'added' && !this.#seen.has(doc.id)) this.#seen.set(doc.id, now);
        }
        this.#changed();
      },
      (error) => {
        this.#failure = error;
        this.#changed();
      },
    );
  }

  committed(ids: readonly string[]): void {
    const now = performance.now();
    for (const id of ids) this.#committed.set(id, now);
  }

  /** Milliseconds; an entry may be seen before the writer hears of its commit, which counts as none. */
  lagOf(id: string): number | undefined {
    const committed = this.#committed.get(id);
    const seen = this.#seen.get(id);
    return committed === undefined || seen === undefined ? undefined : Math.max(0, seen - committed);
  }

  /** Resolves when every one of them was seen, or at the end of the time. */
  async all(ids: readonly string[], end: number): Promise<void> {
    const missing = new Set(ids);
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      for (const id of missing) if (this.#seen.has(id)) missing.delete(id);
      const left = end - performance.now();
      if (missing.size === 0 || left <= 0) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
  }

  stop(): void {
    this.#stop();
  }
}
