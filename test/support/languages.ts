/** A dozen memories and some questions about them, the same in several languages. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asArray, asObject, asText } from '../../tools/conversation/shape.ts';

/** What is said and asked in one language. */
export interface Language {
  /** ISO 639-1. */
  readonly code: string;
  readonly memories: readonly string[];
  readonly questions: readonly {
    readonly text: string;
    /** The place of the memory that answers it. */
    readonly answer: number;
  }[];
}

/** Where the local embedder has not learnt the script; the others are written in Latin letters. */
export const OTHER_SCRIPTS: readonly string[] = 'zh ja ko ar he th ru el hi'.split(' ');

/** All of them. */
export function languages(): Language[] {
  const path = fileURLToPath(new URL('../data/languages.json', import.meta.url));
  const parsed: unknown = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(asObject([], parsed)).map(([code, language]) => {
    const { memories, questions } = asObject([code], language);
    return {
      code,
      memories: asArray([code, 'memories'], memories).map((text) => asText([code, 'memories'], text)),
      questions: asArray([code, 'questions'], questions).map((pair) => {
        const [text, answer] = asArray([code, 'questions'], pair);
        return { text: asText([code, 'questions'], text), answer: Number(answer) };
      }),
    };
  });
}
