/** Shows that a tenant is closed to everyone who is not its member, through every door. */
import { type Firememory, FirememoryError } from '../../client/src/index.ts';
import { withDeadline } from './deadline.ts';
import type { Screen } from './screen.ts';

/** What a stranger tries to reach. */
export interface Target {
  readonly space: string;
  readonly memoryId: string;
  readonly query: string;
}

/**
 * Tries to read another tenant as somebody who is no member, by search, by id and live. Throws an `Error`
 * if any of it succeeds, and what was thrown if it failed for another reason than a refusal.
 */
export async function showRefusals(stranger: Firememory, target: Target, screen: Screen): Promise<void> {
  const { space, memoryId, query } = target;
  const attempts: [string, () => Promise<unknown>][] = [
    ['memory.search', () => stranger.memory.search(query, { space })],
    ['memory.get', () => stranger.memory.get(memoryId, { space })],
    ['onMemories', () => firstLiveAnswer(stranger, space)],
  ];
  for (const [name, attempt] of attempts) {
    const { code, reason } = await refusalOf(name, attempt);
    screen.good(`${name} refused: ${code} (${reason})`);
  }
}

/** Searches a tenant that holds nothing. Throws an `Error` if anything is found. */
export async function showNothingFound(client: Firememory, query: string, screen: Screen): Promise<void> {
  const { results } = await client.memory.search(query);
  if (results.length > 0) throw new Error(`An empty tenant found ${results.length} memories of another one.`);
  screen.good(`the same question in the stranger's own tenant finds ${results.length} memories`);
}

async function refusalOf(name: string, attempt: () => Promise<unknown>): Promise<FirememoryError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof FirememoryError && error.code === 'permission-denied') return error;
    throw error;
  }
  throw new Error(`${name} read another tenant, which must be refused.`);
}

function firstLiveAnswer(client: Firememory, space: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const stop = client.onMemories({ space }, resolve, reject);
  return withDeadline(promise, 'the answer to a live read').finally(stop);
}
