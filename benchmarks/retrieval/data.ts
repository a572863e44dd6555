/** Where the questions come from: the files of a folder that have the form of LoCoMo. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Conversation,
  readConversations,
  type Turn,
} from '../../tools/conversation/read-conversation.ts';

/** What is taken of it. */
export interface Choice {
  /** One file of the folder; all that end in `.json` by default. */
  readonly file?: string | undefined;
  /** The `sample_id` of one conversation; all by default. */
  readonly conversation?: string | undefined;
  /** Questions of each conversation, from its first on; all by default. */
  readonly questions?: number | undefined;
}

/**
 * Reads the conversations of a folder, or of one file, in the order of the files' names.
 * @throws Error if nothing is left, or a file has another form
 */
export function readData(path: string, { file, conversation, questions }: Choice): Conversation[] {
  const found = filesOf(path, file)
    .flatMap(readConversations)
    .filter(({ id }) => conversation === undefined || id === conversation)
    .map((each) => ({ ...each, questions: each.questions.slice(0, questions) }));
  if (found.length === 0) throw new Error(`There is no conversation ${conversation ?? ''} in ${path}.`);
  return found;
}

function filesOf(path: string, file: string | undefined): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = file === undefined ? readdirSync(path).filter((name) => name.endsWith('.json')) : [file];
  if (names.length === 0) throw new Error(`There is no .json file in ${path}.`);
  return names.sort().map((name) => join(path, name));
}

/** The id of the memory of a turn: its `ref`, such as `D1:3`, without what an id cannot have. */
export function memoryId(ref: string): string {
  return ref.replaceAll(/[^A-Za-z0-9_-]/g, '-');
}

/** One call of `session-append`. */
export interface Batch {
  readonly session: string;
  readonly messages: readonly {
    readonly id: string;
    readonly role: Turn['role'];
    readonly text: string;
    readonly occurredAt?: string;
  }[];
}

/** Turns of one call: well below what one commit holds, each indexed as well. */
const MAX_BATCH = 50;

/** The turns as calls: sessions in the order of their first turn, turns in theirs. */
export function batchesOf(turns: readonly Turn[]): Batch[] {
  return [...Map.groupBy(turns, ({ session }) => session)].flatMap(([session, said]) => {
    const messages = said.map(({ ref = '', role, text, at }) => ({
      id: memoryId(ref),
      role,
      text,
      ...(at !== null && { occurredAt: at }),
    }));
    const starts = Array.from({ length: Math.ceil(messages.length / MAX_BATCH) }, (_, n) => n * MAX_BATCH);
    return starts.map((start) => ({ session, messages: messages.slice(start, start + MAX_BATCH) }));
  });
}
