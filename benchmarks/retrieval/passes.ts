/** What is asked of a stored conversation, in which order. */
import { SEARCH } from '../../functions/src/config.ts';
import type { SearchMode } from '../../functions/src/contract/types.ts';
import type { Conversation } from '../../tools/conversation/read-conversation.ts';
import { memoryId } from './data.ts';
import type { Answer } from './metrics.ts';
import type { Way } from './way.ts';

/** The modes that are measured; hybrid is the one that counts. */
export const MODES = ['hybrid', 'keyword', 'semantic'] as const satisfies readonly SearchMode[];

/**
 * Results of a search whose quality is measured, which MRR is over: all that a usual search looks at. One for more
 * looks at more, and would tell of another search.
 */
export const DEEP = SEARCH.NEAREST;

/** Results of a usual search: the default of the operation. */
export const USUAL = 10;

/** Searches that are under way at once where only the results count. */
const LANES = 3;

/** Searches before the timed ones; nothing is asked twice. */
const WARM_UP = 5;

/** One usual search. */
export interface Timed {
  /** Which of the conversation's questions it was. */
  readonly place: number;
  readonly ids: readonly string[];
  readonly latencyMs: number;
  readonly reads: number;
}

/**
 * Asks every `step`-th question one after another, each for the first time, as a caller usually does: hybrid, with
 * the usual limit.
 */
export async function usualSearches(way: Way, conversation: Conversation, step: number): Promise<Timed[]> {
  const ask = (query: string) => way.search(conversation, { query, mode: 'hybrid', limit: USUAL });
  for (let n = 0; n < WARM_UP; n += 1) await ask(`Did anybody mention the number ${n}?`);
  const before = (await way.reads()).length;
  const found: Omit<Timed, 'reads'>[] = [];
  for (const [place, { question }] of conversation.questions.entries()) {
    if (place % step === 0) found.push({ place, ...(await ask(question)) });
  }
  const reads = await way.reads();
  return found.map((each, n) => ({ ...each, reads: reads[before + n] ?? Number.NaN }));
}

/** Asks every question in one mode and returns the answers in the order of the questions. */
export async function answersOf(way: Way, conversation: Conversation, mode: SearchMode): Promise<Answer[]> {
  const answers: Answer[] = [];
  const waiting = [...conversation.questions.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, { question, evidence, category }] = next;
      const { ids } = await way.search(conversation, { query: question, mode, limit: DEEP });
      answers[place] = {
        category: String(category ?? 'none'),
        evidence: evidence.map(memoryId),
        found: ids,
      };
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return answers;
}
