/** How often the words of a query occur in a space. */
import { statisticsOf, type TermStatistics } from '../core/word-sample.ts';
import type { SpacePaths } from '../storage/paths.ts';
import { wordSample } from '../storage/word-frequencies.ts';

/**
 * Tells how often the terms of a query occur in a space, by a sample of its entries that is mostly kept.
 * @param now milliseconds since 1970, as of the call
 * @throws Firestore's own error, if reading fails
 */
export async function termStatistics(
  paths: SpacePaths,
  terms: readonly string[],
  now: number,
): Promise<TermStatistics> {
  return statisticsOf(await wordSample(paths, now), terms);
}
