/**
 * The sample of a space's words, as it is stored: one derived document, made by searches and touched by no write.
 * An instance keeps what it read for some time, so most searches read nothing of it.
 */
import { Timestamp } from 'firebase-admin/firestore';
import * as logger from 'firebase-functions/logger';
import * as z from 'zod';
import { WORD_SAMPLE } from '../config.ts';
import {
  isOutdated,
  isOutgrown,
  isWhole,
  outgrownAt,
  restOf,
  sampleWords,
  type WordSample,
} from '../core/word-sample.ts';
import type { DocumentSnapshot } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { KeptSamples } from './kept-samples.ts';
import type { SpacePaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';
import { withReads } from './transaction-reads.ts';
import { translateError } from './translate-error.ts';

/** A document of another format, as of another way to cut words, is made again. */
const FORMAT = 1;

const count = z.int().nonnegative();

const storedSample = z.object({
  format: z.literal(FORMAT),
  builtAt: z.custom<Timestamp>((value) => value instanceof Timestamp),
  sampled: count.min(1),
  total: count,
  least: count.min(1),
  words: z.string(),
});

/** What the instance keeps, for each of its databases. */
const kept = new WeakMap<object, KeptSamples>();

/**
 * The sample of a space's words. Where there is none yet, or none that is still good, it is made and stored.
 * Failing to store it is logged and stops nothing.
 * @param now milliseconds since 1970, as of the call
 * @throws Firestore's own error, if reading fails
 */
export async function wordSample(paths: SpacePaths, now: number): Promise<WordSample> {
  const { firestore } = paths.space;
  const samples = kept.get(firestore) ?? new KeptSamples();
  kept.set(firestore, samples);
  const known = samples.get(paths.space.path, now);
  if (known !== null) return known;
  const document = await paths.words.get();
  const stored = await stillGood(paths, document, now);
  const sample = stored ?? (await build(paths));
  if (stored === null) await store(paths, sample, document.exists, now);
  samples.keep(paths.space.path, sample, now);
  return sample;
}

/** The stored sample, unless it is too old or the space has become another one since. */
async function stillGood(
  paths: SpacePaths,
  document: DocumentSnapshot,
  now: number,
): Promise<WordSample | null> {
  const parsed = storedSample.safeParse(document.data());
  if (!parsed.success) return null;
  const { builtAt, sampled, total, least, words } = parsed.data;
  const sample = { sampled, total, least, words };
  if (isOutdated(builtAt.toMillis(), now)) return null;
  const age = Math.abs(now - builtAt.toMillis());
  if (!isWhole(sample) || age < restOf(sample)) return sample;
  const bounded = inOrder(paths).limit(outgrownAt(sample)).count();
  return isOutgrown(sample, (await bounded.get()).data().count) ? null : sample;
}

async function build(paths: SpacePaths): Promise<WordSample> {
  const { docs } = await inOrder(paths).limit(WORD_SAMPLE.ENTRIES).select('terms').get();
  const entries = docs.map((entry) => z.array(z.string()).catch([]).parse(entry.get('terms')));
  const isAll = docs.length < WORD_SAMPLE.ENTRIES;
  const total = isAll ? docs.length : (await paths.index.count().get()).data().count;
  return sampleWords(entries, total);
}

/**
 * By a digest, so that what comes first is a fair sample, and always the same one. Staged entries have none yet,
 * and are left out.
 */
function inOrder(paths: SpacePaths) {
  return paths.index.orderBy('contentHash');
}

/** Stores a sample, unless the space is being deleted. One of nothing is not stored: the space may be filled now. */
async function store(paths: SpacePaths, sample: WordSample, isReplaced: boolean, now: number): Promise<void> {
  if (sample.sampled === 0 && !isReplaced) return;
  const times = {
    builtAt: Timestamp.fromMillis(now),
    expiresAt: Timestamp.fromMillis(now + WORD_SAMPLE.MAX_AGE_MS),
  };
  try {
    if (sample.sampled === 0) await paths.words.delete();
    else {
      await runTransaction(
        paths.space.firestore,
        (transaction) =>
          withReads(transaction, async (reads) => {
            await refuseDeletedSpace(reads, paths);
            transaction.set(paths.words, { format: FORMAT, ...times, ...sample });
          }),
        { maxAttempts: 1 },
      );
    }
  } catch (error) {
    const { code } = translateError(error, { operation: 'memory.search', collection: 'frequencies' });
    // That is what the deletion of the space says.
    if (code !== 'permission-denied') logger.warn('word frequencies not stored', { code });
  }
}
