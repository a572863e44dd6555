/** Which words of a query are looked up one by one, besides the entries that are nearest to it. */
import { SEARCH } from '../config.ts';
import type { SearchMode } from '../contract/types.ts';
import type { TermStatistics } from './word-sample.ts';

/** Words to look up. */
export interface RareWords {
  readonly words: readonly string[];
  /** Entries that may be brought for all of them together. */
  readonly budget: number;
}

/**
 * The rare words of a query: those that the sample does not know, as they may be new, then the rarest others, as
 * many as are in few enough memories together. In `keyword` mode they are all looked up. In `hybrid` mode only
 * those on which much depends, and of which the nearest entries have fewer than there should be.
 * @param nearest the words of each of the nearest entries
 */
export function rareWords(
  mode: SearchMode,
  statistics: TermStatistics,
  nearest: readonly { readonly terms: readonly string[] }[],
): RareWords {
  const budget = mode === 'keyword' ? SEARCH.KEYWORD_LOOKUPS : SEARCH.RARE_LOOKUPS;
  if (mode === 'semantic') return { words: [], budget };
  const rare = fewTogether(statistics, budget);
  if (mode === 'keyword') return { words: rare, budget };
  const whole = sum(statistics.idfs.values());
  const words = rare.filter((word) => {
    if ((statistics.idfs.get(word) ?? 0) < SEARCH.LOOKUP_SHARE * whole) return false;
    const found = nearest.filter(({ terms }) => terms.includes(word)).length;
    return found < Math.min(budget, statistics.frequencies.get(word) ?? 0);
  });
  return { words, budget };
}

function fewTogether({ frequencies, unknown }: TermStatistics, budget: number): string[] {
  const known = [...frequencies].filter(([word]) => !unknown.has(word)).sort(([, a], [, b]) => a - b);
  let left = budget - sum([...unknown].map((word) => frequencies.get(word) ?? 0));
  const few: string[] = [...unknown];
  for (const [word, frequency] of known) {
    left -= frequency;
    if (left < 0) break;
    few.push(word);
  }
  return few;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
