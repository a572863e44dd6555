/** Which turns and memories fit into the text of a prompt, and that text. */
import { CONTEXT } from '../config.ts';
import type { Memory } from '../contract/types.ts';
import { foldText } from './dedupe.ts';
import { PREAMBLE, quotation, RECENT_HEADING, RELEVANT_HEADING } from './quotation.ts';

/** A memory and the tokens of its quotation; `Infinity` for one that takes no part. */
export interface Priced {
  readonly memory: Memory;
  readonly tokens: number;
}

/** Tokens of what stands around the quotations. */
export interface Frame {
  readonly preamble: number;
  readonly recentHeading: number;
  readonly relevantHeading: number;
}

/** What is chosen. */
export interface ContextPlan {
  /** Chronological, as the candidates were. */
  readonly recent: Memory[];
  /** Best first, as the candidates were. */
  readonly relevant: Memory[];
  readonly tokens: number;
}

/**
 * What was found that says something new: no memory of `excluded`, and of those with one text the best; at most
 * `CONTEXT.MAX_RELEVANT` besides the turns of `window`, which stand for themselves unless they do not fit.
 */
export function relevantCandidates(
  found: readonly Memory[],
  window: readonly Memory[],
  excluded: readonly Memory[],
): Memory[] {
  const turns = new Set(window.map(({ id }) => id));
  let others = 0;
  return withoutDoubles(found, excluded).filter(({ id }) => {
    if (turns.has(id)) return true;
    others += 1;
    return others <= CONTEXT.MAX_RELEVANT;
  });
}

/**
 * The memories that say something new: no memory of `excluded`, and of those with one text the best.
 */
export function withoutDoubles(candidates: readonly Memory[], excluded: readonly Memory[]): Memory[] {
  const ids = new Set(excluded.map(({ id }) => id));
  const texts = new Set<string>();
  return candidates.filter(({ id, text }) => {
    const folded = foldText(text);
    if (ids.has(id) || texts.has(folded)) return false;
    ids.add(id);
    texts.add(folded);
    return true;
  });
}

/**
 * Chooses within `maxTokens`. Relevant memories first reserve what they need of their share of the budget;
 * turns take the rest, the newest first; relevant memories then take what is left, the best first. A turn that finds
 * no room among the turns is a relevant memory like any other, if it was found. What is too large for what is left is
 * passed over, whole, and the next ones are tried.
 * @param recent chronological
 * @param relevant best first, without doubles, turns too
 */
export function planContext(
  recent: readonly Priced[],
  relevant: readonly Priced[],
  frame: Frame,
  maxTokens: number,
): ContextPlan {
  const budget = maxTokens - frame.preamble;
  const newestFirst = recent.toReversed();
  const others = (turns: readonly Priced[]) => besides(turns, relevant).slice(0, CONTEXT.MAX_RELEVANT);
  const turnsBeside = (memories: readonly Priced[]) => {
    const share = Math.floor(budget * CONTEXT.RELEVANT_SHARE);
    const reserved = fill(memories, share, frame.relevantHeading).tokens;
    return fill(newestFirst, budget - reserved, frame.recentHeading);
  };
  // Which turns find no room, and so may count as memories, shows only once the turns are laid out.
  const likely = turnsBeside(others(recent));
  const turns = turnsBeside(others(likely.items));
  const memories = fill(others(turns.items), budget - turns.tokens, frame.relevantHeading);
  const tokens = turns.tokens + memories.tokens;
  return {
    recent: turns.items.map(({ memory }) => memory).reverse(),
    relevant: memories.items.map(({ memory }) => memory),
    tokens: tokens === 0 ? 0 : frame.preamble + tokens,
  };
}

/** Those of the memories that say something else than the turns. */
function besides(turns: readonly Priced[], memories: readonly Priced[]): Priced[] {
  const said = textsOf(turns);
  return memories.filter(({ memory }) => !said.has(foldText(memory.text)));
}

/** The text of a plan; empty iff nothing was chosen. The conversation comes last, where it goes on. */
export function contextText({ recent, relevant }: Pick<ContextPlan, 'recent' | 'relevant'>): string {
  if (recent.length + relevant.length === 0) return '';
  const part = (heading: string, memories: readonly Memory[]) =>
    memories.length === 0 ? '' : heading + memories.map(quotation).join('');
  return PREAMBLE + part(RELEVANT_HEADING, relevant) + part(RECENT_HEADING, recent);
}

/** Takes what fits, in order; the heading is paid with the first one. */
function fill(items: readonly Priced[], room: number, heading: number): { items: Priced[]; tokens: number } {
  const taken: Priced[] = [];
  let tokens = heading;
  for (const item of items) {
    if (tokens + item.tokens > room) continue;
    taken.push(item);
    tokens += item.tokens;
  }
  return taken.length === 0 ? { items: [], tokens: 0 } : { items: taken, tokens };
}

function textsOf(items: readonly Priced[]): Set<string> {
  return new Set(items.map(({ memory }) => foldText(memory.text)));
}
