/** Interleaved rounds: whatever else the machine does meanwhile falls on every case alike. */
import { seeded, shuffled } from './statistics.ts';

/** One thing that is timed. */
export interface Case {
  readonly name: string;
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

/**
 * Runs every case once a round, in another order each round, and returns the milliseconds of each case's
 * runs. The first rounds are not counted.
 */
export async function measure(cases: readonly Case[], bounds: Bounds): Promise<Map<string, number[]>> {
  const random = seeded(SEED);
  const samples = new Map(cases.map(({ name }): [string, number[]] => [name, []]));
  const end = performance.now() + bounds.time;
  for (let round = 0; round < bounds.warmUp + bounds.rounds; round += 1) {
    if (round > bounds.warmUp && performance.now() > end) break;
    for (const one of shuffled(cases, random)) {
      await one.prepare?.();
      const begin = performance.now();
      await one.run();
      const took = performance.now() - begin;
      if (round >= bounds.warmUp) samples.get(one.name)?.push(took);
    }
  }
  return samples;
}
