/**
 * What makes no difference between two ways of writing a word. Folded away is what people leave out or write
 * otherwise when they search, as far as that makes no other word: the Polish of `lodz` and the Arabic without its
 * vowel signs, but not the marks of Indic scripts, of kana, or of the Russian й, which are letters.
 *
 * A change of anything here changes the terms of what is stored: raise `INDEX_FORMAT`.
 */

/** A pattern, and what stands for it. */
type Rule = readonly [pattern: RegExp, replacement: string];

/** Of a text in NFKD, in this order. */
const OF_PARTS: readonly Rule[] = [
  // Soft hyphens, joiners, variation selectors, the tones of skin, the Arabic tatweel: invisible, or mere looks. The
  // joiner between two pictographs stays: it makes one of them.
  [/\u00ad|\u0640|\u200c|\u2060|\ufeff|\p{Variation_Selector}|\p{Emoji_Modifier}/gu, ''],
  [/\u200d(?!\p{ExtPict})/gu, ''],
  // Diacritics, the vowel signs of Arabic and Hebrew, the stress of Russian.
  [/(?<=[\p{sc=Latin}\p{sc=Greek}\p{sc=Arabic}\p{sc=Hebrew}])\p{Mn}+/gu, ''],
  [/(?<=[аеиоуыэюя]\u0308?)\u0301/giu, ''],
];

/** Of a text in NFKC, in this order. */
const OF_TEXT: readonly Rule[] = [
  [/[\u2018\u2019\u02bc\u201b\u2032`]/gu, "'"],
  // Sara am of Thai and Lao: NFKD takes it apart for good, and some type its parts around the tone mark.
  [/\u0e4d([\u0e48-\u0e4b]?)\u0e32/gu, '$1\u0e33'],
  [/\u0ecd([\u0ec8-\u0ecb]?)\u0eb2/gu, '$1\u0eb3'],
  // Ae of both, typed as two e, which looks the same.
  [/\u0e40\u0e40/gu, '\u0e41'],
  [/\u0ec0\u0ec0/gu, '\u0ec1'],
  // The space without width, by which some divide the words of scripts that are written without spaces.
  [/(?<=[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}])\u200b+/gu, ''],
];

/** Thousands, lakhs and crores divided by commas. Bounded: there is no end to a row of digits and commas. */
const GROUPED = /\b\d{1,3}(?:,\d{2,3}){0,6},\d{3}\b/gu;

/**
 * Lower-case letters that NFKD leaves whole. Latin: as Lucene's ASCIIFoldingFilter has them. Arabic: the letters
 * that its ArabicNormalizer and PersianNormalizer take for one.
 */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
  ё: 'е',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
};
const FOLDED = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/** A text in the form in which its words are told apart: NFKC, in the case it has. */
export function foldedText(text: string): string {
  const parts = replaced(text.normalize('NFKD'), OF_PARTS);
  const whole = replaced(parts.normalize('NFKC'), OF_TEXT);
  return whole.replace(GROUPED, (number) => number.replaceAll(',', ''));
}

/** A word of such a text in lower case, its letters folded. */
export function foldedWord(lowerCase: string): string {
  return lowerCase.replace(FOLDED, (letter) => LETTERS[letter] ?? letter);
}

function replaced(text: string, rules: readonly Rule[]): string {
  return rules.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), text);
}
