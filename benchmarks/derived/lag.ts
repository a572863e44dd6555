/**
 * Trigger lag: how long after the commit of a memory, written by the Admin SDK, its index entry is there. The
 * trigger is the real one, in the functions emulator; a listener on the entries sees them come.
 *
 * The emulator gives each concurrent event a process of its own, at most `FUNCTIONS_EMULATOR_PARALLEL` of them
 * (ADR 0011), where an instance in the cloud takes 20 events at a time. So the lag of a burst is that of a queue
 * before so few workers; the row `one at a time` is the lag without a queue.
 */
import { openCounters } from '../../functions/src/storage/open-counters.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import { quantile } from '../latency/statistics.ts';
import { sentence } from '../latency/texts.ts';
import type { Bench, Part, Row } from './part.ts';

/** Writes that are awaited one by one, after one that starts a process of the trigger. */
const SINGLES = 20;

/** Memories of one commit of the burst. */
const BATCH = 100;

/** Texts of this part begin here. */
const FIRST_TEXT = 7_000_000;

/** The part. */
export const lag: Part = {
  title: 'Lag of the trigger, milliseconds from commit to entry (functions emulator)',
  async run({ live, options }: Bench) {
    const paths = tenantPaths(live, `lag-${Date.now()}`).space('space');
    await openCounters(live, paths);
    const entries = new Arrivals(paths);
    const end = performance.now() + options.time;
    try {
      const ids = Array.from({ length: 1 + SINGLES + options.burst }, (_, n) => `memory-${n}`);
      for (const id of ids.slice(0, 1 + SINGLES)) {
        await commit(paths, [id], entries);
        await entries.all([id], end);
      }
      const singles = ids.slice(1, 1 + SINGLES);
      const burst = ids.slice(1 + SINGLES);
      const began = performance.now();
      const batches = Array.from({ length: Math.ceil(burst.length / BATCH) }, (_, n) =>
        burst.slice(n * BATCH, (n + 1) * BATCH),
      );
      await Promise.all(batches.map((batch) => commit(paths, batch, entries)));
      await entries.all(burst, end);
      return [
        row('one at a time', singles, entries, null),
        row(`burst of ${burst.length}`, burst, entries, performance.now() - began),
      ];
    } finally {
      entries.stop();
    }
  },
};

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
