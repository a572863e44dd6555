/** What a conversation file is read as, whatever its format. */

/** One thing that somebody said. */
export interface Turn {
  /** The id of the session, `[A-Za-z0-9_-]{1,128}`. */
  readonly session: string;
  /** ISO 8601 UTC with milliseconds; null if the file does not say. Turns of a session may share it. */
  readonly at: string | null;
  readonly speaker: string;
  readonly role: 'user' | 'assistant';
  readonly text: string;
  /** The name by which `Question.evidence` refers to the turn: a `dia_id` of LoCoMo. */
  readonly ref?: string;
}

/** A question whose answer is in the conversation. */
export interface Question {
  readonly question: string;
  /** The `ref`s of the turns that answer it: at least one, each of them in the conversation. */
  readonly evidence: readonly string[];
  /** The kind of question, as LoCoMo numbers them: 1 to 4. */
  readonly category?: number;
}

/** A conversation in the order in which it was held, and what can be asked about it. */
export interface Conversation {
  readonly id: string;
  readonly turns: readonly Turn[];
  /** Empty if the file holds none. */
  readonly questions: readonly Question[];
}

/** A file that is not a conversation; the message names the file, the line and what is wrong there. */
export class ConversationError extends Error {
  override readonly name = 'ConversationError';

  constructor(file: string, line: number | null, wrong: string, cause?: unknown) {
    const where = line === null ? file : `${file}, line ${line}`;
    super(`${where}: ${wrong}`, cause === undefined ? undefined : { cause });
  }
}

/** A thing wrong with the content of a file, before it is known where in the file that is. */
export class Flaw extends Error {
  /** The path to the value inside the JSON. */
  readonly path: readonly (string | number)[];

  constructor(path: readonly (string | number)[], wrong: string) {
    super(path.length === 0 ? wrong : `${path.join('.')} ${wrong}`);
    this.path = path;
  }
}
