/**
 * Words: what a text is found by. The same function reads memories and queries, so that the two agree.
 *
 * - A *word* is a run of letters, digits and marks, folded (`folding.ts`) and in lower case. English stop words are
 *   left out; ASCII words are stemmed. Words of other alphabets stay as they are.
 * - What is joined is found whole and by its parts: `userName`, `e-mail`, and `8th` by its number.
 * - Scripts that are written without spaces are not cut into words but into characters and pairs of neighbours, as
 *   Lucene's CJKAnalyzer does with its single characters switched on: every word is then found inside any sentence.
 *   The words of `Intl.Segmenter` depend on what stands around them (it reads the "cat" of 我的猫叫小花 as 猫叫, and
 *   猫 alone then finds nothing) and would change with the ICU of a later Node under a stored index.
 * - A character of Thai, Lao, Khmer and Burmese is a consonant with all vowels and marks that cannot stand without it:
 *   no word begins or ends inside of one. Measured on words in whole sentences: of 100 Thai words that are a part of
 *   another one (the "nurse" of "hospital") the segmenter misses 55, of 60 Khmer and Burmese words 6, the pairs none.
 * - Each emoji is a word, as it is seen but for the tone of the skin; one that is made of several is found by these.
 */

import stem from 'wink-porter2-stemmer';
import { foldedText, foldedWord } from './folding.ts';
import { STOP_WORDS } from './stop-words.ts';

/** UTF-16 units of a token; what is longer is cut. Longer than any word that someone would type. */
export const MAX_TOKEN_LENGTH = 64;

/** Distinct words of one text; the rest is not indexed. 32 KiB of English conversation has fewer than 800. */
export const MAX_TERMS = 2_000;

/**
 * Distinct characters and pairs of one text, apart from its words. A text of 32 KiB has 10,900 characters at the most,
 * and repeats itself: 27 KB of a Chinese manual has 3,100. A search reads the terms of a hundred entries, so there is
 * no room for all that a text of nothing but different ones could have.
 */
export const MAX_CHARACTER_TERMS = 6_000;

const PAIRED = String.raw`[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&\p{L}]`;
const CLUSTERED = String.raw`[[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]&&[\p{L}\p{M}]]`;
const SPACED = String.raw`[[\p{L}\p{N}\p{M}]--${PAIRED}--${CLUSTERED}]`;
const LETTER = String.raw`[\p{L}--${PAIRED}--${CLUSTERED}]`;
/** One pictograph, with the tags by which flags of regions are told apart. */
const PICTOGRAPH = String.raw`\p{ExtPict}[\u{e0020}-\u{e007f}]*`;

/**
 * Runs of one way of writing; apostrophes stay inside a word for now. `joined` is `e-mail` but not `day-to-day`;
 * `article` is the A of `Vitamin A`, which no article is: after a small letter, and capital.
 */
const RUNS = new RegExp(
  [
    `(?<paired>${PAIRED}+)`,
    `(?<clustered>${CLUSTERED}+)`,
    String.raw`(?<emoji>${PICTOGRAPH}(?:\u200d${PICTOGRAPH})*|\p{RI}{1,2})`,
    String.raw`(?<!-)(?<joined>${LETTER}{1,3}-${LETTER}+)(?!['\-]|${SPACED})`,
    String.raw`(?<=\p{Ll} )(?<name>A)(?!['\-]|${SPACED})`,
    `${SPACED}+(?:'${SPACED}+)*`,
  ].join('|'),
  'gv',
);

/**
 * A character of a script whose vowels stand around their consonant: an e that is written before it, the consonant,
 * those that are joined to it from below, marks, and the vowels that are written behind it.
 */
const CLUSTERS =
  /[\u0e40-\u0e44\u0ec0-\u0ec4]?\p{L}(?:[\u1039\u17d2]\p{L}|\p{M}|[\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3\u0ebd])*|\p{M}+/gu;

const CONTRACTED = /'(?:s|m|d|re|ve|ll)$/iu;
const ORDINAL = /^(\d+)(?:st|nd|rd|th)$/u;
const HUMP = /(?<=\p{Ll})(?=\p{Lu})/u;

/**
 * The tokens of a text in their order, repetitions included. At most `MAX_TERMS` distinct ones that are words, and
 * `MAX_CHARACTER_TERMS` others, each of at most `MAX_TOKEN_LENGTH` UTF-16 units. Any string is a valid argument; it
 * may well have no token at all.
 */
export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const words = new Set<string>();
  const characters = new Set<string>();
  function keep(token: string, among: Set<string>, room: number): void {
    if (!among.has(token)) {
      if (among.size >= room) return;
      among.add(token);
    }
    tokens.push(token);
  }
  for (const { 0: run, groups = {} } of foldedText(text).matchAll(RUNS)) {
    const { paired, clustered } = groups;
    const sequence = paired ?? clustered?.match(CLUSTERS);
    if (sequence !== undefined && sequence !== null) {
      for (const token of charactersAndPairs(sequence)) keep(cut(token), characters, MAX_CHARACTER_TERMS);
    } else {
      for (const token of wordsOf(run, groups)) keep(token, words, MAX_TERMS);
    }
  }
  return tokens;
}

/** How often each token occurs, in the order of first occurrence. */
export function termFrequencies(tokens: readonly string[]): Map<string, number> {
  const frequencies = new Map<string, number>();
  for (const token of tokens) frequencies.set(token, (frequencies.get(token) ?? 0) + 1);
  return frequencies;
}

function wordsOf(run: string, { emoji, joined, name }: Readonly<Record<string, string>>): readonly string[] {
  if (name !== undefined) return ['a'];
  if (emoji !== undefined)
    return wholeAndParts(emoji.replaceAll('\u200d', ''), emoji.split('\u200d')).map(cut);
  if (joined === undefined) return knownWords(run);
  const parts = joined.split('-');
  return [...knownWords(parts.join('').toLowerCase()), ...parts.flatMap(knownWords)];
}

/** Words that are remembered, of all texts together: about 1 MB. English conversation has fewer. */
const MAX_KNOWN = 8_192;

/** Words repeat themselves, and stemming is what takes the time: half of that of a long text. */
const known = new Map<string, readonly string[]>();

function knownWords(run: string): readonly string[] {
  const found = known.get(run);
  if (found !== undefined) return found;
  const stems = spacedWords(run);
  if (run.length > MAX_TOKEN_LENGTH) return stems;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(run, stems);
  return stems;
}

/** `caroline's` is `caroline`; `don't` is nothing; `l'amour` and `o'brien` are two words each. */
function spacedWords(run: string): string[] {
  if (isStopWord(run) || /n't$/iu.test(run)) return [];
  return run.replace(CONTRACTED, '').split("'").flatMap(formsOf);
}

/** The word, then its parts. A name of more than `MAX_TOKEN_LENGTH` units is none that someone has made of words. */
function formsOf(word: string): string[] {
  const humps = word.length > MAX_TOKEN_LENGTH ? [word] : word.split(HUMP);
  const [, number] = ORDINAL.exec(word.toLowerCase()) ?? [];
  const forms = number === undefined ? wholeAndParts(word, humps) : [word, number];
  return forms.filter((form) => !isStopWord(form)).map(stemmed);
}

function wholeAndParts(whole: string, parts: readonly string[]): readonly string[] {
  return parts.length === 1 ? [whole] : [whole, ...parts];
}

function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word.toLowerCase());
}

/** Words with digits stay as they are: the stemmer writes a consonantal y as 3, and so reads `mp3` as `mpy`. */
function stemmed(word: string): string {
  const folded = cut(foldedWord(word.toLowerCase()));
  return /^[a-z]+$/u.test(folded) ? stem(folded) : folded;
}

function* charactersAndPairs(characters: Iterable<string>): Generator<string> {
  let previous = '';
  for (const character of characters) {
    if (previous !== '') yield previous + character;
    yield character;
    previous = character;
  }
}

/** Never ends in half of a surrogate pair. */
function cut(word: string): string {
  if (word.length <= MAX_TOKEN_LENGTH) return word;
  return word.slice(0, MAX_TOKEN_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
