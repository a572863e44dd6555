/** The tokenizer of BERT, read from the `tokenizer.json` of a model. */
import { type PlainWord, plainWords } from './plain-words.ts';
import { VOCABULARY } from './shape.ts';

/** A word or a part of one that the model knows. */
export interface WordPiece {
  /** Its row in the table of embeddings. */
  readonly id: number;
  /** Where it begins in the original text, in UTF-16 units. */
  readonly start: number;
  /** Where it ends: the unit after its last. */
  readonly end: number;
}

/** Cuts texts. */
export interface WordPieceTokenizer {
  /** The ids that stand before and after the pieces of a text. */
  readonly first: number;
  readonly last: number;
  /**
   * The first `limit` pieces of a text. What looks like a special token, such as `[SEP]`, is text like any
   * other. A word that cannot be put together of known pieces is one unknown piece.
   */
  pieces(text: string, limit: number): WordPiece[];
}

/** A longer word is unknown: `max_input_chars_per_word`, in code points. */
const MAX_WORD_LENGTH = 100;

/**
 * Reads the vocabulary of a parsed `tokenizer.json`. The rest of the file (lower case, no accents, `##` before
 * a piece that goes on) is what this code does anyway.
 *
 * @throws Error if it is no WordPiece vocabulary with its special tokens
 */
export function wordPieceTokenizer(file: unknown): WordPieceTokenizer {
  const vocabulary = new Map<string, number>();
  let longest = 0;
  for (const [piece, id] of Object.entries(vocabularyOf(file))) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= VOCABULARY) {
      throw new Error('The tokenizer of the embedding model has an invalid entry.');
    }
    vocabulary.set(piece, id);
    longest = Math.max(longest, piece.length);
  }
  const idOf = (piece: string): number => {
    const id = vocabulary.get(piece);
    if (id === undefined) throw new Error(`The tokenizer of the embedding model has no ${piece}.`);
    return id;
  };
  const unknown = idOf('[UNK]');

  /** The longest piece first, then the longest of what remains. */
  function piecesOf(word: PlainWord): WordPiece[] {
    const { text, starts, ends } = word;
    const piece = (id: number, from: number, to: number): WordPiece => {
      return { id, start: starts[from] ?? 0, end: ends[to - 1] ?? 0 };
    };
    const pieces: WordPiece[] = [];
    for (let from = 0; from < text.length && !isLong(text); ) {
      const prefix = from === 0 ? '' : '##';
      let to = Math.min(text.length, from + longest);
      while (to > from && !vocabulary.has(prefix + text.slice(from, to))) to -= 1;
      if (to === from) return [piece(unknown, 0, text.length)];
      pieces.push(piece(idOf(prefix + text.slice(from, to)), from, to));
      from = to;
    }
    return pieces.length > 0 ? pieces : [piece(unknown, 0, text.length)];
  }

  return {
    first: idOf('[CLS]'),
    last: idOf('[SEP]'),
    pieces(text, limit) {
      const pieces: WordPiece[] = [];
      for (const word of plainWords(text)) {
        if (pieces.length >= limit) break;
        pieces.push(...piecesOf(word));
      }
      return pieces.slice(0, limit);
    },
  };
}

function isLong(word: string): boolean {
  return word.length > MAX_WORD_LENGTH && [...word].length > MAX_WORD_LENGTH;
}

function vocabularyOf(file: unknown): Record<string, unknown> {
  const { model } = Object(file) as { model?: { vocab?: unknown } };
  return Object(model?.vocab);
}
