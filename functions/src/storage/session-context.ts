/** The context of a session: its recent turns, what is relevant to them, and the text of both for a prompt. */
import { CONTEXT, DEFAULTS, LIMITS } from '../config.ts';
import type {
  Memory,
  MemorySearchResponse,
  SessionContextRequest,
  SessionContextResponse,
} from '../contract/types.ts';
import { contextText, type Priced, planContext, relevantCandidates } from '../core/context-plan.ts';
import type { CursorBinding } from '../core/cursor.ts';
import { EVERYTHING, parseFilter } from '../core/filter.ts';
import { beginningOfBytes } from '../core/preview.ts';
import { PREAMBLE, quotation, RECENT_HEADING, RELEVANT_HEADING } from '../core/quotation.ts';
import type { Embedder } from '../search/embedder.ts';
import { searchMemories } from '../search/search-memories.ts';
import { type TokenCounter, tokenCounter } from '../search/token-counter.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';
import type { Body } from './memory-manager.ts';
import type { SpacePaths } from './paths.ts';
import { sessionPage } from './queries.ts';

/** What is looked for, and the turn that asks, if it is one. */
interface Question {
  readonly query: string;
  readonly turn: Memory | null;
}

interface Scope {
  readonly database: Firestore;
  readonly embedder: Embedder;
  readonly paths: SpacePaths;
  readonly binding: CursorBinding;
  readonly call: CallContext;
}

/** Makes the context of a session; one that has no turns has what its query finds. */
export async function sessionContext(
  scope: Scope,
  request: Body<SessionContextRequest>,
): Promise<SessionContextResponse> {
  const { session, maxTokens = DEFAULTS.CONTEXT_TOKENS, recentTurns = DEFAULTS.RECENT_TURNS } = request;
  const window = recentTurns === 0 ? [] : await newestTurns(scope, session, recentTurns);
  const question = await questionOf(scope, request, window);
  const asking = question?.turn ? [question.turn] : [];
  const { results, notices } =
    question === null ? { results: [] } : await relevantTo(scope, question.query, window.length);
  const counter = await tokenCounter(CONTEXT.MAX_TOKEN_WORK, scope.call.signal);
  const [preamble = 0, recentHeading = 0, relevantHeading = 0] = await countEach(
    [PREAMBLE, RECENT_HEADING, RELEVANT_HEADING],
    maxTokens,
    counter,
  );
  // The window is newest first: where the counter's allowance ends, the oldest and the least relevant lose.
  const recent = await price(window, maxTokens, counter);
  const found = results.map(({ memory }) => memory);
  const candidates = relevantCandidates(found, window, asking);
  const relevant = await price(candidates, maxTokens, counter);
  const frame = { preamble, recentHeading, relevantHeading };
  const plan = planContext(recent.toReversed(), relevant, frame, maxTokens);
  const { tokens } = plan;
  const context = { recent: plan.recent, relevant: plan.relevant, text: contextText(plan), tokens };
  return { ...context, ...(notices !== undefined && { notices }) };
}

/** Reads turns, newest first. */
async function newestTurns(
  { paths, binding, call }: Scope,
  session: string,
  limit: number,
  filter = EVERYTHING,
): Promise<Memory[]> {
  const page = await sessionPage(paths, session, { filter, limit, cursor: undefined }, binding, call);
  return page.memories;
}

/** What to look for: the query, or else what the user said last; null if the user has said nothing. */
async function questionOf(
  scope: Scope,
  { session, query }: Body<SessionContextRequest>,
  window: readonly Memory[],
): Promise<Question | null> {
  if (query !== undefined) return { query, turn: null };
  const seen = window.find(({ role }) => role === 'user');
  const turn = seen ?? (await newestTurns(scope, session, 1, parseFilter({ role: 'user' })))[0];
  return turn === undefined ? null : { query: beginningOfBytes(turn.text, LIMITS.MAX_QUERY_BYTES), turn };
}

/** Searches the whole space for so many that enough are left when the turns that fit are taken away. */
async function relevantTo(
  { database, embedder, paths, call }: Scope,
  query: string,
  turns: number,
): Promise<MemorySearchResponse> {
  const limit = CONTEXT.MAX_RELEVANT + turns + 1;
  return searchMemories(database, [paths], { query, limit }, embedder, call);
}

async function price(
  memories: readonly Memory[],
  maxTokens: number,
  counter: TokenCounter,
): Promise<Priced[]> {
  const tokens = await countEach(memories.map(quotation), maxTokens, counter);
  return memories.map((memory, place) => ({ memory, tokens: tokens[place] ?? Number.POSITIVE_INFINITY }));
}

/** One text after another, in their order. */
async function countEach(texts: readonly string[], limit: number, counter: TokenCounter): Promise<number[]> {
  const counts: number[] = [];
  for (const text of texts) counts.push(await counter.count(text, limit));
  return counts;
}
