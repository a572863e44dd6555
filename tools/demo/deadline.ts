/** A limit on how long the demo waits for what it is told live. */

/** Milliseconds; live reads take tens, and a busy machine is slow. */
const DEADLINE_MS = 20_000;

/** Settles as the promise does, or rejects with an `Error` that names what did not come in 20 s. */
export async function withDeadline<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const message = `Waited ${DEADLINE_MS / 1_000} s for ${what}.`;
  const timer = setTimeout(() => late.reject(new Error(message)), DEADLINE_MS);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
