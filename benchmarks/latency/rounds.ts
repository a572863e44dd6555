/** Interleaved rounds: whatever else the machine does meanwhile falls on every case alike. */
import { setTimeout as pause } from 'node:timers/promises';
import { seeded, shuffled } from './statistics.ts';

/** One thing that is timed. */
export interface Case {
  readonly name: string;
  /** It keeps the emulator busy for so long that what comes next would pay for it. */
  readonly heavy?: boolean;
  /** Makes ready what the next run needs; not timed. */
  prepare?(): Promise<void>;
  run(): Promise<unknown>;
}

/** How many rounds there may be. */
export interface Bounds {
  readonly warmUp: number;
  readonly rounds: number;
  /** Milliseconds after which no further round begins. */
  readonly time: number;
}

const SEED = 20_260_101;

/** For the emulator's garbage collection. */
const PAUSE_MS = 200;

/**
 * Runs every case once a round, in another order each round, and returns the milliseconds of each case's
 * runs. The heavy ones come last, after them a pause. The first rounds are not counted.
 */
export async function measure(cases: readonly Case[], bounds: Bounds): Promise<Map<string, number[]>> {
  const random = seeded(SEED);
  const samples = new Map(cases.map(({ name }): [string, number[]] => [name, []]));
  const end = performance.now() + bounds.time;
  for (let round = 0; round < bounds.warmUp + bounds.rounds; round += 1) {
    if (round > bounds.warmUp && performance.now() > end) break;
    const order = shuffled(cases, random);
    const light = order.filter(({ heavy }) => heavy !== true);
    for (const one of [...light, ...order.filter(({ heavy }) => heavy === true)]) {
      await one.prepare?.();
      const begin = performance.now();
      await one.run();
      const took = performance.now() - begin;
      if (round >= bounds.warmUp) samples.get(one.name)?.push(took);
    }
    await pause(PAUSE_MS);
  }
  return samples;
}
