/** Who says what a memory holds, as far as it tells: people ask "what did Ann say", and name her. */
import type { Memory } from '../contract/types.ts';
import { tokenize } from './tokens.ts';

/** `Ann: …`, `Dr. Lee: …`: one to three words, each with a capital letter where the script has any. */
const NAME =
  /^((?:\p{Lu}|\p{Lo})[\p{L}\p{M}'\u2019.-]*(?: (?:\p{Lu}|\p{Lo})[\p{L}\p{M}'\u2019.-]*){0,2}) ?[:\uff1a]\s/u;

/** UTF-16 units at the beginning of a text in which a name is looked for. */
const MAX_PREFIX = 100;

/**
 * The terms of the speaker's name: the `persona` if there is one, or for a message the name with which its text
 * begins. Empty if nobody is named.
 */
export function speakerTerms({ kind, text, persona }: Pick<Memory, 'kind' | 'text' | 'persona'>): string[] {
  const prefix = kind === 'message' ? NAME.exec(text.slice(0, MAX_PREFIX))?.[1] : undefined;
  return [...new Set(tokenize(persona ?? prefix ?? ''))];
}
