/** The beginning of a text, for lists. */
import { SESSIONS } from '../config.ts';
import { foldText } from './dedupe.ts';

/**
 * The first `SESSIONS.PREVIEW_LENGTH` UTF-16 units of a text, white space folded; one less where the cut
 * would go through a character.
 */
export function previewOf(text: string): string {
  return beginning(foldText(text), SESSIONS.PREVIEW_LENGTH).trimEnd();
}

/** The longest beginning of a text that has at most so many bytes of UTF-8 and ends with a whole character. */
export function beginningOfBytes(text: string, bytes: number): string {
  // A unit takes at least one byte, so no more than this many units can fit.
  let cut = beginning(text, bytes);
  while (Buffer.byteLength(cut) > bytes) {
    // Each unit takes at most three bytes: this many have to go at the least.
    const excess = Math.ceil((Buffer.byteLength(cut) - bytes) / 3);
    cut = beginning(cut, cut.length - excess);
  }
  return cut;
}

function beginning(text: string, units: number): string {
  if (text.length <= units) return text;
  const code = text.charCodeAt(units - 1);
  const isHigh = code >= 0xd800 && code <= 0xdbff;
  return text.slice(0, isHigh ? units - 1 : units);
}
