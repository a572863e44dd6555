/**
 * How often words occur in a space, told by a sample of its entries: what the document of word frequencies holds,
 * how it is read, and when it has to be looked at or made again. A sample of all entries of a small space is no
 * estimate but the count.
 */
import { WORD_SAMPLE } from '../config.ts';
import { idf } from './bm25.ts';

/** The words of some entries of a space. */
export interface WordSample {
  /** Entries that were looked at. */
  readonly sampled: number;
  /** Entries that the space had. */
  readonly total: number;
  /** The lowest number of sampled entries that a word of `words` is in; rarer ones are left out. */
  readonly least: number;
  /** A line for each number of entries, the highest first: the number, and the words that are in as many. */
  readonly words: string;
}

/** What a sample says of the words of a query. */
export interface TermStatistics {
  /** The entries of the space, as far as that can be told. */
  readonly entries: number;
  /** The words, each with the number of memories that have it, as far as that can be told. */
  readonly frequencies: ReadonlyMap<string, number>;
  /** Those that the sample does not know: rare ones, new ones, and those that no memory has. */
  readonly unknown: ReadonlySet<string>;
}

/** The lowest number of entries that is worth a word's place; what one memory alone has said is not repeated here. */
const LEAST = 2;

/**
 * Makes a sample of the distinct words of each entry. Above `WORD_SAMPLE.MAX_BYTES` the rarest words are left out.
 * @param total the entries of the space
 */
export function sampleWords(entries: readonly (readonly string[])[], total: number): WordSample {
  const counts = new Map<string, number>();
  for (const words of entries) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const byCount = new Map<number, string[]>();
  for (const [word, count] of counts) {
    if (count < LEAST || /\s/u.test(word)) continue;
    const equals = byCount.get(count);
    if (equals === undefined) byCount.set(count, [word]);
    else equals.push(word);
  }
  let words = '';
  let bytes = 0;
  let least = LEAST;
  for (const [count, equals] of [...byCount].sort(([a], [b]) => b - a)) {
    const line = `\n${count} ${equals.sort().join(' ')} `;
    bytes += Buffer.byteLength(line);
    if (bytes > WORD_SAMPLE.MAX_BYTES) {
      least = count + 1;
      break;
    }
    words += line;
  }
  return { sampled: entries.length, total: Math.max(total, entries.length), least, words };
}

/** The words of a query by a sample. A word that it does not know counts as the most frequent of those left out. */
export function statisticsOf(sample: WordSample, terms: readonly string[]): TermStatistics {
  const frequencies = new Map<string, number>();
  const scale = sample.sampled > 0 ? sample.total / sample.sampled : 1;
  const counts = countsOf(sample, new Set(terms));
  for (const term of terms) frequencies.set(term, (counts.get(term) ?? sample.least - 1) * scale);
  return { entries: sample.total, frequencies, unknown: new Set(terms.filter((term) => !counts.has(term))) };
}

/**
 * The words of a query, each with its inverse document frequency in all of the spaces that are searched, as if they
 * were one: else a word would weigh most where a space has least to choose from, and scores could not be compared.
 */
export function idfsOf(spaces: readonly TermStatistics[]): Map<string, number> {
  const total = spaces.reduce((sum, { entries }) => sum + entries, 0);
  const terms = [...(spaces[0]?.frequencies.keys() ?? [])];
  const inAll = (term: string) =>
    spaces.reduce((sum, { entries, frequencies }) => sum + Math.min(entries, frequencies.get(term) ?? 0), 0);
  return new Map(terms.map((term) => [term, idf(total, inAll(term))]));
}

/** True iff every entry that the space had is in the sample. */
export function isWhole({ sampled }: WordSample): boolean {
  return sampled < WORD_SAMPLE.ENTRIES;
}

/** Milliseconds for which a sample is used without a look at the space: a small space soon is another one. */
export function restOf({ sampled }: WordSample): number {
  return Math.min(WORD_SAMPLE.MAX_REST_MS, sampled * WORD_SAMPLE.REST_MS_PER_ENTRY);
}

/** True iff a sample is too old, or from a future that no clock's error explains. In milliseconds. */
export function isOutdated(builtAt: number, now: number): boolean {
  return Math.abs(now - builtAt) >= WORD_SAMPLE.MAX_AGE_MS;
}

/** The number of entries from which on a space has outgrown the sample of all of its entries. */
export function outgrownAt({ sampled }: WordSample): number {
  return Math.floor(sampled * (1 + WORD_SAMPLE.MAX_CHANGE)) + 1;
}

/** True iff a space that has so many entries now is another one than the sample was made of. */
export function isOutgrown(sample: WordSample, entries: number): boolean {
  return entries >= outgrownAt(sample) || entries < sample.sampled * (1 - WORD_SAMPLE.MAX_CHANGE);
}

/**
 * The number of sampled entries for each of these words that the sample knows. All are looked for in one pass, 1 to 4
 * ms for the largest sample: one by one, the thousand words of a long query took 50 to 100 ms.
 */
function countsOf({ words }: WordSample, wanted: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of words.split('\n')) {
    const [first, ...equals] = line.split(' ');
    const count = Number(first);
    if (!Number.isInteger(count) || count <= 0) continue;
    for (const word of equals) if (wanted.has(word)) counts.set(word, count);
  }
  return counts;
}
