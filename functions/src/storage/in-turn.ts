/**
 * Lets work of this process that concerns the same documents take turns, instead of letting it meet in the
 * database. There each transaction that reads what another one writes is run again, on the emulator after lock
 * waits of seconds. Other processes are met there all the same: this spares work, and nothing relies on it.
 */

/** The end of the last work in line for each document. */
const tails = new Map<string, Promise<unknown>>();

/**
 * Runs `work` when all that came before it with one of the same keys has ended. Who comes takes its place in
 * all lines at once, so that nobody can wait for each other.
 * @param keys paths of documents
 */
export async function inTurn<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
  const lines = [...new Set(keys)];
  const before = Promise.all(lines.map((line) => tails.get(line)));
  const own = before.then(work);
  const tail = own.catch(() => undefined);
  for (const line of lines) tails.set(line, tail);
  try {
    return await own;
  } finally {
    for (const line of lines) if (tails.get(line) === tail) tails.delete(line);
  }
}
