/** How many tests passed and failed. A step that is no test, or could not count, counts as one if it failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** A step that failed without a count of its own, such as a compiler error or a crash. */
export const ONE_FAILED: Tally = { passed: 0, failed: 1 };

/** A step that passed and holds no tests. */
export const NOTHING: Tally = { passed: 0, failed: 0 };

/** Adds up the steps of a run. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.reduce((total, { failed }) => total + failed, 0),
  };
}

/**
 * Reads what the reporter wrote. A pending test counts as failed, as skipping is not done here. Undefined when
 * the text is not such a count: mocha crashed before or while writing.
 */
export function parseCounts(text: string): Tally | undefined {
  const counts = new Map(Object.entries(parseObject(text)));
  const [passes, failures, pending] = ['passes', 'failures', 'pending'].map((name) => counts.get(name));
  if (typeof passes !== 'number' || typeof failures !== 'number' || typeof pending !== 'number')
    return undefined;
  return { passed: passes, failed: failures + pending };
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
