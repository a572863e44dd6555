/** What the demo asks about a conversation, and how good the answers are. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Firememory, SearchResult } from '../../client/src/index.ts';
import type { Conversation, Question } from '../conversation/read-conversation.ts';
import { asArray, asObject, asText } from '../conversation/shape.ts';
import { clip, type Screen, since } from './screen.ts';

/** Questions asked, and memories that each search may return. */
const MAX_QUESTIONS = 10;
const SEARCH_LIMIT = 10;

/** Memories shown of each search. */
const SHOWN = 3;

/** Asked of a conversation that comes without questions; no answer is known to be right. */
const GENERAL_QUESTIONS: readonly Question[] = [
  'What does the user like?',
  'What was decided?',
  'What must not be forgotten?',
].map((question) => ({ question, evidence: [] }));

/** The questions about the demo's own conversation. */
export function sampleQuestions(): Question[] {
  const path = fileURLToPath(new URL('sample-questions.json', import.meta.url));
  return asArray([], JSON.parse(readFileSync(path, 'utf8'))).map((item, index) => {
    const { question, evidence } = asObject([index], item);
    return {
      question: asText([index, 'question'], question),
      evidence: asArray([index, 'evidence'], evidence).map((ref) => asText([index, 'evidence'], ref)),
    };
  });
}

/** The first ten questions of the conversation, or general ones if it has none. */
export function questionsFor(conversation: Conversation): readonly Question[] {
  const own = conversation.questions.slice(0, MAX_QUESTIONS);
  return own.length > 0 ? own : GENERAL_QUESTIONS;
}

/** The share of a question's evidence that is among the memories found, 0 … 1; null if it has none. */
export function recall(question: Question, found: readonly SearchResult[]): number | null {
  if (question.evidence.length === 0) return null;
  const refs = new Set(found.map(({ memory }) => memory.metadata.ref));
  return question.evidence.filter((ref) => refs.has(ref)).length / question.evidence.length;
}

/** Asks one question after another and shows what was found. Rejects with a `FirememoryError`. */
export async function askAll(client: Firememory, questions: readonly Question[], screen: Screen) {
  const recalls: number[] = [];
  for (const question of questions) {
    const start = performance.now();
    const { results } = await client.memory.search(question.question, { limit: SEARCH_LIMIT });
    const share = recall(question, results);
    const asked = `${question.question}  (${since(start)})`;
    if (share === null) screen.line(asked);
    else if (share > 0) screen.good(`hit   ${asked}`);
    else screen.poor(`miss  ${asked}`);
    for (const { memory, score } of results.slice(0, SHOWN)) {
      const isEvidence = question.evidence.some((ref) => ref === memory.metadata.ref);
      screen.detail(`${isEvidence ? '→' : ' '} ${score.toFixed(3)}  ${clip(memory.text)}`);
    }
    if (share !== null) recalls.push(share);
  }
  if (recalls.length === 0) return;
  const mean = recalls.reduce((sum, share) => sum + share, 0) / recalls.length;
  screen.line(`recall@${SEARCH_LIMIT} ${mean.toFixed(2)}`);
}
