/**
 * What BERT does to a text before it looks up words: control characters and accents go, letters become small,
 * punctuation marks and ideographs stand alone.
 */

/** A word as it is looked up, and where it stood. */
export interface PlainWord {
  /** Lower-cased, without accents. */
  readonly text: string;
  /** For each UTF-16 unit of `text`, where in the original its character began, and where it ended. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const SIMPLE = /^[a-z0-9]$/;
/** U+FFFD stands for what could not be read. Tab and line ends are white space. */
const DROPPED = /^(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\ufffd]$/u;
const SPACE = /^\p{White_Space}$/u;
const ACCENT = /^\p{Mn}$/u;
/** All of ASCII that is no letter, digit, space or control character, such as `$` and `^`, is punctuation. */
const PUNCTUATION = /^[\p{P}!-/:-@[-`{-~]$/u;
/** The ideographs that BERT sets apart; kana and Hangul are not among them. */
const IDEOGRAPH =
  /^[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]$/u;

/**
 * The words of a text in their order. It reads on as more are asked for. Any string will do; half a surrogate
 * pair is dropped.
 */
export function* plainWords(text: string): Generator<PlainWord> {
  let word = new Word();
  let at = 0;
  for (const character of text) {
    const start = at;
    at += character.length;
    if (SIMPLE.test(character)) {
      word.add(character, start, at);
      continue;
    }
    if (DROPPED.test(character)) continue;
    if (SPACE.test(character)) {
      if (word.text !== '') yield word;
      word = new Word();
      continue;
    }
    for (const part of character.normalize('NFD')) {
      if (ACCENT.test(part)) {
        word.extend(start, at);
        continue;
      }
      const alone = PUNCTUATION.test(part) || IDEOGRAPH.test(part);
      if (alone && word.text !== '') {
        yield word;
        word = new Word();
      }
      word.add(part.toLowerCase(), start, at);
      if (alone) {
        yield word;
        word = new Word();
      }
    }
  }
  if (word.text !== '') yield word;
}

class Word implements PlainWord {
  text = '';
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  add(text: string, start: number, end: number): void {
    this.text += text;
    for (let unit = 0; unit < text.length; unit += 1) {
      this.starts.push(start);
      this.ends.push(end);
    }
  }

  /** An accent of its own belongs to the letter right before it. */
  extend(start: number, end: number): void {
    for (let unit = this.ends.length - 1; unit >= 0 && this.ends[unit] === start; unit -= 1) {
      this.ends[unit] = end;
    }
  }
}
