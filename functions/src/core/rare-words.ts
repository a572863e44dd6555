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

/** What is known of the words of a query, where it looks for them. */
export interface AskedWords {
  readonly mode: SearchMode;
  readonly statistics: TermStatistics;
  /** What each of the words weighs. */
  readonly idfs: ReadonlyMap<string, number>;
  /** True iff memories are taken only if they pass a filter, which the look-up does not know. */
  readonly isFiltered: boolean;
}

/**
 * The rare words of a query: those that the sample does not know, as they may be new, then the rarest others, as
 * many as are in few enough memories together, and as Firestore takes in one query. In `keyword` mode they are all
 * looked up. In `hybrid` mode only those on which much depends, and which none of the nearest entries has: where one
 * of them has it, those that are not as near are not as good.
 * @param nearest the words of each of the nearest entries
 */
export function rareWords(
  { mode, statistics, idfs, isFiltered }: AskedWords,
  nearest: readonly { readonly terms: readonly string[] }[],
): RareWords {
  const budget = mode === 'keyword' || isFiltered ? SEARCH.MORE_LOOKUPS : SEARCH.RARE_LOOKUPS;
  if (mode === 'semantic') return { words: [], budget };
  const rare = fewTogether(statistics, budget);
  if (mode === 'keyword') return { words: rare.slice(0, SEARCH.LOOKUP_WORDS), budget };
  const whole = sum(idfs.values());
  const words = rare.filter((word) => {
    const isHeavy = (idfs.get(word) ?? 0) >= SEARCH.LOOKUP_SHARE * whole;
    return isHeavy && !nearest.some(({ terms }) => terms.includes(word));
  });
  return { words: words.slice(0, SEARCH.LOOKUP_WORDS), budget };
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
