/**
 * Words: what a text is found by. The same function reads memories and queries, so that the two agree.
 *
 * - A *word* is a run of letters, digits and marks; everything else, emoji too, separates. Words are NFKC,
 *   in lower case, and without diacritics if Latin (`Café` and `cafe` are one word).
 * - English stop words are left out; ASCII words are stemmed. Words of other alphabets stay as they are.
 * - Chinese, Japanese and Korean are not cut into words but into characters and pairs of neighbours, as
 *   Lucene's CJKAnalyzer does with its single characters switched on: every word is then found inside any
 *   sentence. The words of `Intl.Segmenter` depend on what stands around them (it reads the "cat" of 我的猫叫小花
 *   as 猫叫, and 猫 alone then finds nothing) and would change with the ICU of a later Node under a stored index.
 * - Thai, Lao, Khmer and Burmese are cut by `Intl.Segmenter`, which has dictionaries for them.
 */

import stem from 'wink-porter2-stemmer';

/** UTF-16 units of a token; what is longer is cut. Longer than any word that someone would type. */
export const MAX_TOKEN_LENGTH = 64;

/** Distinct terms of one text; the rest is not indexed. 32 KiB of English conversation has fewer than 800. */
export const MAX_TERMS = 2_000;

/**
 * The English stop words of the Snowball project, all 174 of them
 * (https://snowballstem.org/algorithms/english/stop.txt). Negated verbs are recognised by their ending.
 */
const STOP_WORDS: ReadonlySet<string> = new Set(
  `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers
  herself it its itself they them their theirs themselves what which who whom this that these those am is are
  was were be been being have has had having do does did doing would should could ought i'm you're he's she's
  it's we're they're i've you've we've they've i'd you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll
  they'll isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't shan't
  shouldn't can't cannot couldn't mustn't let's that's who's what's here's there's when's where's why's how's
  a an the and but if or because as until while of at by for with about against between into through during
  before after above below to from up down in out on off over under again further then once here there when
  where why how all any both each few more most other some such no nor not only own same so than too very`.split(
    /\s+/,
  ),
);

const PAIRED = String.raw`[[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]&&\p{L}]`;
const UNSPACED = String.raw`[[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]&&[\p{L}\p{M}]]`;
const SPACED = String.raw`[[\p{L}\p{N}\p{M}]--${PAIRED}--${UNSPACED}]`;

/** Runs of one way of writing; apostrophes stay inside a word for now. */
const RUNS = new RegExp(`(?<paired>${PAIRED}+)|(?<unspaced>${UNSPACED}+)|${SPACED}+(?:'${SPACED}+)*`, 'gv');

const LATIN_MARKS = /(?<=\p{sc=Latin})\p{Mn}+/gu;
/** Soft hyphens and joiners, which are invisible inside a word; and the many apostrophes. */
const INVISIBLE = /\u00ad|\u200d|\u2060|\ufeff/gu;
const APOSTROPHES = /[\u2018\u2019\u02bc\u201b\u2032`]/gu;
const CONTRACTED = /'(?:s|m|d|re|ve|ll)$/u;

let segmenter: Intl.Segmenter | undefined;

/**
 * The tokens of a text in their order, repetitions included. At most `MAX_TERMS` distinct ones, each of at
 * most `MAX_TOKEN_LENGTH` UTF-16 units. Any string is a valid argument; it may well have no token at all.
 */
export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  const distinct = new Set<string>();
  for (const raw of words(text)) {
    const token = cut(raw);
    if (!distinct.has(token)) {
      if (distinct.size >= MAX_TERMS) continue;
      distinct.add(token);
    }
    tokens.push(token);
  }
  return tokens;
}

/** How often each token occurs, in the order of first occurrence. */
export function termFrequencies(tokens: readonly string[]): Map<string, number> {
  const frequencies = new Map<string, number>();
  for (const token of tokens) frequencies.set(token, (frequencies.get(token) ?? 0) + 1);
  return frequencies;
}

function* words(text: string): Generator<string> {
  for (const match of normalized(text).matchAll(RUNS)) {
    const run = match[0];
    if (match.groups?.paired !== undefined) yield* charactersAndPairs(run);
    else if (match.groups?.unspaced !== undefined) yield* segments(run);
    else {
      yield* knownWords(run);
    }
  }
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

function normalized(text: string): string {
  const bare = text.normalize('NFKD').replace(LATIN_MARKS, '').replace(INVISIBLE, '');
  return bare.toLowerCase().normalize('NFKC').replace(APOSTROPHES, "'");
}

/** `caroline's` is `caroline`; `don't` is nothing; `l'amour` and `o'brien` are two words each. */
function spacedWords(run: string): string[] {
  if (STOP_WORDS.has(run) || run.endsWith("n't")) return [];
  const parts = run.replace(CONTRACTED, '').split("'");
  return parts.filter((part) => !STOP_WORDS.has(part)).map((part) => stemmed(cut(part)));
}

/** Words with digits stay as they are: the stemmer writes a consonantal y as 3, and so reads `mp3` as `mpy`. */
function stemmed(word: string): string {
  return /^[a-z]+$/u.test(word) ? stem(word) : word;
}

function* charactersAndPairs(run: string): Generator<string> {
  let previous = '';
  for (const character of run) {
    if (previous !== '') yield previous + character;
    yield character;
    previous = character;
  }
}

function* segments(run: string): Generator<string> {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  for (const { segment, isWordLike } of segmenter.segment(run)) if (isWordLike) yield segment;
}

/** Never ends in half of a surrogate pair. */
function cut(word: string): string {
  if (word.length <= MAX_TOKEN_LENGTH) return word;
  return word.slice(0, MAX_TOKEN_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
