/** How long something takes on a machine that does other things too. */

/** Milliseconds of the fastest of five runs: whatever else runs here can only slow it down. */
export function fastest(work: () => unknown): number {
  const runs = Array.from({ length: 5 }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return Math.min(...runs);
}
