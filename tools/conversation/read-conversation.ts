/** Reads a conversation from a file, in whichever of the known formats it is. */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { type Conversation, ConversationError, Flaw } from './conversation.ts';
import { readJsonLines } from './json-lines.ts';
import { lineOfOffset, lineOfPath } from './json-position.ts';
import { conversationIds, readLocomo } from './locomo.ts';

export type { Conversation, Question, Turn } from './conversation.ts';
export { ConversationError } from './conversation.ts';

/** Which conversation of a file that holds several. */
export interface ReadOptions {
  /** The `sample_id` of LoCoMo; the first one by default. A file of JSON lines holds only one. */
  readonly conversation?: string | undefined;
}

/**
 * Reads a LoCoMo file (a JSON array) or JSON lines; which of the two, its first character says. Throws a
 * `ConversationError` that names the file, the line and what is wrong.
 */
export function readConversation(path: string, options: ReadOptions = {}): Conversation {
  const content = contentOf(path);
  if (!content.trimStart().startsWith('[')) {
    if (options.conversation !== undefined) {
      throw new ConversationError(
        path,
        null,
        'is not a LoCoMo file, so no conversation can be chosen from it.',
      );
    }
    return readJsonLines(path, content, basename(path, extname(path)));
  }
  const parsed = parse(path, content);
  return located(path, content, () => readLocomo(parsed, options.conversation));
}

/** Reads all conversations of a LoCoMo file, in its order. Throws a `ConversationError`. */
export function readConversations(path: string): Conversation[] {
  const content = contentOf(path);
  const parsed = parse(path, content);
  return located(path, content, () => conversationIds(parsed).map((id) => readLocomo(parsed, id)));
}

/** Runs `read`, and says of a flaw in which file and on which line it is. */
function located<T>(path: string, content: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Flaw)) throw error;
    const line = error.path.length === 0 ? null : lineOfPath(content, error.path);
    throw new ConversationError(path, line, error.message, error);
  }
}

function contentOf(path: string): string {
  try {
    // Some editors begin a file with a byte order mark, which is no JSON.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ConversationError(path, null, 'cannot be read.', error);
  }
}

function parse(path: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const offset = position === undefined ? content.length : Number(position);
    throw new ConversationError(path, lineOfOffset(content, offset), `is not JSON: ${message}`, error);
  }
}
