/** What is said around a turn of a conversation: an answer lends its question some of its score, and the reverse. */

/** Where a memory stands in its conversation. */
export interface Turn {
  readonly id: string;
  /** Null if it is in none. */
  readonly sessionId: string | null;
  readonly occurredAt: string;
  /** The order of turns whose time is equal, see `MemoryRecord.seq`. */
  readonly seq: number;
}

/** Turns of one call have numbers that differ by less; between calls they tell nothing of the distance. */
const CALL = 1_000;

/**
 * For each of these memories the sum of the scores of the others in its session, halved for each turn of distance:
 * at most twice the highest score, 0 for a memory that is in no session. Only these memories are known, not the turns
 * between them: the distance of two is that of their numbers if one call wrote both, and else by their order here.
 * Measured on LoCoMo, R@10: 79.1 with the true distances, 78.1 by the order alone, 75.3 without.
 */
export function neighbourhood(turns: readonly Turn[], scores: readonly number[]): number[] {
  const around = new Array<number>(turns.length).fill(0);
  const sessions = Map.groupBy(turns.keys(), (place) => turns[place]?.sessionId ?? null);
  for (const [session, places] of sessions) {
    if (session === null || places.length < 2) continue;
    const ordered = places.toSorted((a, b) => compare(turns[a], turns[b]));
    addDecayed(around, turns, scores, ordered);
    addDecayed(around, turns, scores, ordered.toReversed());
  }
  return around;
}

/** Adds to each turn what those before it lend, nearest most: one pass, as all of it halves from turn to turn. */
function addDecayed(
  around: number[],
  turns: readonly Turn[],
  scores: readonly number[],
  ordered: readonly number[],
): void {
  let lent = 0;
  for (const [n, place] of ordered.entries()) {
    const before = ordered[n - 1];
    if (before !== undefined) {
      lent = (lent + finite(scores[before])) * 2 ** -distance(turns[before], turns[place]);
      around[place] = (around[place] ?? 0) + lent;
    }
  }
}

function distance(one: Turn | undefined, other: Turn | undefined): number {
  const [a, b] = [one?.seq ?? 0, other?.seq ?? 0];
  const isOneCall = Math.floor(a / CALL) === Math.floor(b / CALL);
  return isOneCall ? Math.max(1, Math.abs(a - b)) : 1;
}

function compare(one: Turn | undefined, other: Turn | undefined): number {
  const [a, b] = [one?.occurredAt ?? '', other?.occurredAt ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  const [id, otherId] = [one?.id ?? '', other?.id ?? ''];
  return (one?.seq ?? 0) - (other?.seq ?? 0) || Number(id > otherId) - Number(id < otherId);
}

function finite(score: number | undefined): number {
  return score !== undefined && Number.isFinite(score) ? score : 0;
}
