/** What is kept of the sample's last run, and of the lag of events: for the whole deployment, not by tenant. */
import * as logger from 'firebase-functions/logger';
import * as z from 'zod';
import { VERIFY } from '../config.ts';
import { type Firestore, Timestamp } from './database.ts';
import { operationsPaths } from './paths.ts';
import { translateError } from './translate-error.ts';
import { storedTally } from './walk.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);
const cursor = z.string().nullable().catch(null);

const storedVerification = storedTally.extend({
  at: stamp,
  lagMs: z.number(),
  /** Spaces that could not be worked on, as often as that was tried. */
  failed: z.int(),
  /** Events that were given up, in all tenants, 1,000 at the most. */
  deadLetters: z.int(),
  /** Whether there was time for all that the run was to look at. */
  isWhole: z.boolean(),
  cursors: z.object({ memories: cursor, index: cursor, stats: cursor }),
});

const storedLag = z.object({ at: stamp, lagMs: z.number() });

/** The paths after which the next run goes on; null for the beginning. */
export interface Cursors {
  readonly memories: string | null;
  readonly index: string | null;
  /** Of the counters. */
  readonly stats: string | null;
}

/** What the last run of the sample came to. */
export type Verification = Omit<z.infer<typeof storedVerification>, 'at'> & {
  /** Milliseconds since the epoch. */
  readonly at: number;
};

/** What the last run came to; null if there was none, or what is stored cannot be read. */
export async function readVerification(database: Firestore): Promise<Verification | null> {
  const document = await operationsPaths(database).verification.get();
  const { data } = storedVerification.safeParse(document.data());
  return data === undefined ? null : { ...data, at: data.at.toMillis() };
}

/** Keeps what a run came to. */
export async function recordVerification(database: Firestore, verification: Verification): Promise<void> {
  const at = Timestamp.fromMillis(verification.at);
  await operationsPaths(database).verification.set({ ...verification, at });
}

/** The last lag that was noted; null if there is none. Times in milliseconds. */
export async function readLag(
  database: Firestore,
): Promise<{ readonly at: number; readonly lagMs: number } | null> {
  const { data } = storedLag.safeParse((await operationsPaths(database).lag.get()).data());
  return data === undefined ? null : { at: data.at.toMillis(), lagMs: data.lagMs };
}

/** Of this process: the longest lag since it looked at the record, what it wanted to record then, and when. */
const noted = new WeakMap<Firestore, { longest: number; told: number; at: number }>();

/**
 * Notes how long after its write an event was handled, in milliseconds. The longest of each minute of this process is
 * recorded, and one that is twice as long as the last at once; but not over a longer one of another process, as
 * long as that is young. Never throws: a lag that is not known spoils no event.
 * @param now milliseconds since the epoch
 */
export async function noteLag(database: Firestore, milliseconds: number, now: number): Promise<void> {
  if (!Number.isFinite(milliseconds)) return;
  const last = noted.get(database) ?? { longest: 0, told: 0, at: Number.NEGATIVE_INFINITY };
  const lagMs = Math.max(0, milliseconds, last.longest);
  const isLong = lagMs >= VERIFY.LONG_LAG_MS && lagMs >= 2 * last.told;
  if (!isLong && now - last.at < VERIFY.LAG_MS) {
    noted.set(database, { ...last, longest: lagMs });
    return;
  }
  noted.set(database, { longest: 0, told: lagMs, at: now });
  try {
    const present = await readLag(database);
    if (present !== null && present.lagMs >= lagMs && isRecent(present, now)) return;
    await operationsPaths(database).lag.set({ at: Timestamp.fromMillis(now), lagMs });
  } catch (error) {
    const { code, details } = translateError(error, { operation: 'lag.note', collection: 'operations' });
    logger.error('lag not noted', { ...details, code });
  }
}

/** True iff a lag that was noted tells of how it is now. */
export function isRecent({ at }: { readonly at: number }, now: number): boolean {
  return now - at <= VERIFY.LAG_KEPT_MS;
}
