/** Waiting for what happens elsewhere, without sleeping for longer than it takes. */
import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 50;

/**
 * Asks again and again until the answer is not null, and returns it.
 * @throws Error naming `what` if that takes longer than `deadlineMs`
 */
export async function until<T>(what: string, ask: () => Promise<T | null>, deadlineMs = 40_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${what}`);
    await sleep(INTERVAL_MS);
  }
}
