/** What is indexed of a memory: its words, and when it happened in the words that people ask with. */
import type { Memory } from '../contract/types.ts';

/** The two texts that an index entry is made of. */
export interface IndexText {
  /** Goes through `tokenize`. */
  readonly lexical: string;
  /** Goes through the embedder. */
  readonly semantic: string;
}

/** English, as the stop words are; spelled out here because the names of `Intl` depend on its data. */
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/**
 * The texts to index. The date goes in front of the words and not into the embedding. Measured on LoCoMo's
 * development half, R@10 of the hybrid search: 67.9 without a date, 71.0 with it among the words, 70.0 with
 * it in both, 67.9 with it in the embedding alone, which it drags towards all that happened at that time.
 *
 * It applies to every kind: people ask "what did I do in May 2023" of events and notes as well as of
 * messages, and where nobody asks for a date, three more words that many memories share weigh little.
 */
export function indexText(memory: Pick<Memory, 'text' | 'occurredAt' | 'kind'>): IndexText {
  return { lexical: `${dateInWords(memory.occurredAt)} ${memory.text}`, semantic: memory.text };
}

/** `8 May 2023`, in UTC, of an ISO 8601 time; the empty string of anything else. */
export function dateInWords(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
