/**
 * A conversation of our own for tests of retrieval, and questions about it: three people in six sessions over two
 * months, who say similar things about themselves, now and then in another language.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MessageInput } from '../../functions/src/contract/types.ts';
import { readConversation } from '../../tools/conversation/read-conversation.ts';
import { asArray, asObject, asText } from '../../tools/conversation/shape.ts';

/** One session, as `session-append` takes it; the id of a turn is `s<session>-<turn>`. */
export interface Session {
  readonly session: string;
  readonly messages: readonly MessageInput[];
}

/** A question about it. */
export interface AskedQuestion {
  readonly question: string;
  /** The ids of the turns that answer it. */
  readonly evidence: readonly string[];
  /** Whether one of them must be the first that is found. */
  readonly isCertain: boolean;
}

/** The sessions in their order; every text begins with who says it. */
export function threeFriends(): Session[] {
  const { turns } = readConversation(pathOf('three-friends.jsonl'));
  return [...Map.groupBy(turns, ({ session }) => session)].map(([session, said]) => ({
    session,
    messages: said.map(({ ref, role, speaker, text, at }) => ({
      role,
      text: `${speaker}: ${text}`,
      ...(ref !== undefined && { id: ref }),
      ...(at !== null && { occurredAt: at }),
    })),
  }));
}

/** The questions; each has evidence. */
export function questionsAboutFriends(): AskedQuestion[] {
  const parsed: unknown = JSON.parse(readFileSync(pathOf('three-friends-questions.json'), 'utf8'));
  return asArray([], parsed).map((item, place) => {
    const { question, evidence, first } = asObject([place], item);
    return {
      question: asText([place, 'question'], question),
      evidence: asArray([place, 'evidence'], evidence).map((id) => asText([place, 'evidence'], id)),
      isCertain: first === true,
    };
  });
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../data/${name}`, import.meta.url));
}
