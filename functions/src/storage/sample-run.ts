/** One run of the rotating sample: its bounds, what it has found, and the spaces that it has come to. */
import * as logger from 'firebase-functions/logger';
import { VERIFY } from '../config.ts';
import { isDeleted } from '../core/access.ts';
import { digest } from '../core/dedupe.ts';
import { NOTHING_FOUND, type Tally } from '../core/difference.ts';
import type { Embedder } from '../search/embedder.ts';
import type { Firestore } from './database.ts';
import { decodeSpace } from './directory-codec.ts';
import { EmbeddingCache } from './embeddings.ts';
import { tenantPaths } from './paths.ts';
import { translateError } from './translate-error.ts';
import type { Walk } from './walk.ts';

/** How much a run does; the defaults are those of `VERIFY`. */
export interface SampleBounds {
  /** Milliseconds since the epoch after which nothing new is begun. */
  readonly deadline?: number;
  /** Memories, and entries, that are looked at. */
  readonly most?: number;
  /** Spaces whose counters are verified, and entries of one of them that are counted, on average. */
  readonly spaces?: number;
  readonly entries?: number;
  /** A number from 0 up to, but not including, 1: decides which turn a large space is counted in. */
  random?(): number;
}

/** A run that is under way. */
export interface Run extends Required<SampleBounds> {
  readonly database: Firestore;
  readonly embedder: Embedder;
  /** The spaces that it came to, by their paths; null for one that is being deleted. */
  readonly visited: Map<string, Walk | null>;
  /** Those whose counters are to be verified first: something was mended there, or they have none. */
  readonly doubtful: Set<Walk>;
  tally: Tally;
  lagMs: number;
  /** Spaces that could not be worked on. */
  failed: number;
  /** False once there was no time for something. */
  isWhole: boolean;
}

/** A run that has done nothing yet. */
export function beginRun(database: Firestore, embedder: Embedder, bounds: SampleBounds): Run {
  return {
    deadline: Date.now() + VERIFY.RUN_MS,
    most: VERIFY.SAMPLE,
    spaces: VERIFY.SAMPLE_SPACES,
    entries: VERIFY.SAMPLE_SPACE_ENTRIES,
    random: Math.random,
    ...bounds,
    database,
    embedder,
    visited: new Map(),
    doubtful: new Set(),
    tally: NOTHING_FOUND,
    lagMs: 0,
    failed: 0,
    isWhole: true,
  };
}

/** True iff its time is over, which it remembers: whoever asks has something left to do. */
export function isOver(run: Run): boolean {
  const over = Date.now() >= run.deadline;
  if (over) run.isWhole = false;
  return over;
}

/**
 * Works in a space, unless it is being deleted; what fails there stops nothing else, and is in the log.
 * @returns what the work came to; null if there was none
 */
export async function inSpace<R>(
  run: Run,
  { tenantId, spaceId }: { readonly tenantId: string; readonly spaceId: string },
  work: (walk: Walk) => Promise<R>,
): Promise<R | null> {
  const { path } = tenantPaths(run.database, tenantId).space(spaceId).space;
  try {
    const walk =
      run.visited.get(path) ?? (run.visited.has(path) ? null : await visit(run, tenantId, spaceId));
    return walk === null ? null : await work(walk);
  } catch (error) {
    const { code, details } = translateError(error, { operation: 'verify.sample', collection: 'spaces' });
    run.failed += 1;
    logger.error('space not verified', { ...details, code, space: digest(path) });
    return null;
  }
}

async function visit(run: Run, tenantId: string, spaceId: string): Promise<Walk | null> {
  const { database, visited, doubtful, embedder } = run;
  const paths = tenantPaths(database, tenantId).space(spaceId);
  const [space, counters] = await Promise.all([paths.space.get(), paths.stats.select().limit(1).get()]);
  const embeddings = new EmbeddingCache(embedder);
  const isGoing = isDeleted(decodeSpace(space)?.kind ?? null);
  const walk = isGoing ? null : { database, paths, embeddings, mends: true, now: Date.now };
  visited.set(paths.space.path, walk);
  if (walk !== null && counters.empty) doubtful.add(walk);
  return walk;
}
