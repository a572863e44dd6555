/**
 * The rotating sample: the work of a schedule. Each run goes on where the one before it ended, over the
 * memories and the index entries of all tenants, and begins again at their end. It mends what it finds.
 */
import * as logger from 'firebase-functions/logger';
import { VERIFY } from '../config.ts';
import { isDeleted } from '../core/access.ts';
import { digest } from '../core/dedupe.ts';
import { addTallies, NOTHING_FOUND, type Tally } from '../core/difference.ts';
import { NO_EMBEDDER } from '../core/index-plan.ts';
import type { Embedder } from '../search/embedder.ts';
import { FieldPath, type Firestore, type QueryDocumentSnapshot } from './database.ts';
import { deadLetters } from './dead-letters.ts';
import { decodeSpace } from './directory-codec.ts';
import { EmbeddingCache } from './embeddings.ts';
import { everywhere, idsAlong, tenantPaths } from './paths.ts';
import { translateError } from './translate-error.ts';
import { type Cursors, readVerification, recordVerification, type Verification } from './verification.ts';
import { walkCounters, walkIds } from './verify-space.ts';
import type { Walk } from './walk.ts';

/** How much a run does; the defaults are those of `VERIFY`. */
export interface SampleBounds {
  /** Milliseconds since the epoch after which nothing new is begun. */
  readonly deadline?: number;
  /** Memories, and entries, that are looked at. */
  readonly most?: number;
  /** Spaces whose counters are verified. */
  readonly spaces?: number;
}

/** What a run shares. */
interface Run {
  readonly database: Firestore;
  readonly embedder: Embedder;
  readonly deadline: number;
  readonly most: number;
  /** The spaces that it came through, by their paths; null for one that is being deleted. */
  readonly spaces: Map<string, Walk | null>;
  tally: Tally;
  lagMs: number;
  /** Spaces that could not be worked on. */
  failed: number;
}

/**
 * Takes the next part of the sample and records what it came to. A space that cannot be worked on is left to
 * the next round; it is in the log by the digest of its path.
 * @throws StorageError if the database fails: the run is not recorded, and the next one does its work too
 */
export async function verifySample(
  database: Firestore,
  embedder: Embedder,
  {
    deadline = Date.now() + VERIFY.RUN_MS,
    most = VERIFY.SAMPLE,
    spaces = VERIFY.SAMPLE_SPACES,
  }: SampleBounds = {},
): Promise<Verification> {
  const run: Run = {
    database,
    embedder,
    deadline,
    most,
    spaces: new Map(),
    tally: NOTHING_FOUND,
    lagMs: 0,
    failed: 0,
  };
  try {
    const from = (await readVerification(database))?.cursors ?? { memories: null, index: null };
    await catchUp(run);
    const cursors: Cursors = {
      memories: await sampleKind(run, 'memories', from.memories),
      index: await sampleKind(run, 'index', from.index),
    };
    await countSpaces(run, spaces);
    const { tally, lagMs, failed } = run;
    const found = { ...tally, differences: { ...tally.differences } };
    const { count } = await deadLetters(database);
    const verification = { ...found, at: Date.now(), lagMs, failed, deadLetters: count, cursors };
    await recordVerification(database, verification);
    return verification;
  } catch (error) {
    throw translateError(error, { operation: 'verify.sample', collection: 'operations' });
  }
}

/** Looks first at memories that the embedder failed to embed, wherever they are. */
async function catchUp(run: Run): Promise<void> {
  if (Date.now() >= run.deadline) return;
  const pending = everywhere(run.database, 'index').where('embedder', '==', NO_EMBEDDER).select();
  const { docs } = await pending.limit(VERIFY.UNEMBEDDED).get();
  await compareAll(run, 'index', docs, async (_walk, ids) => ids);
}

/** Looks at the next documents of a kind; returns where the next run goes on. */
async function sampleKind(run: Run, kind: 'memories' | 'index', from: string | null): Promise<string | null> {
  let after = from;
  for (let looked = 0; looked < run.most && Date.now() < run.deadline; ) {
    const limit = Math.min(VERIFY.PAGE, run.most - looked);
    // The documents are read where they are compared; this is to find them.
    const ordered = everywhere(run.database, kind).orderBy(FieldPath.documentId()).select().limit(limit);
    const { docs } = await (after === null ? ordered : ordered.startAfter(after)).get();
    // An entry that has its memory is looked at together with that.
    await compareAll(run, kind, docs, kind === 'memories' ? async (_walk, ids) => ids : withoutMemory);
    looked += docs.length;
    if (docs.length < limit) return null;
    after = docs.at(-1)?.ref.path ?? null;
  }
  return after;
}

/**
 * Compares documents, space by space, those that are chosen. Others that are stored under the same name are left
 * alone.
 */
async function compareAll(
  run: Run,
  kind: 'memories' | 'index',
  docs: readonly QueryDocumentSnapshot[],
  choose: (walk: Walk, ids: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  const own = docs.flatMap(({ ref }) => {
    const [tenantId, spaceId, id] = idsAlong(ref, ['tenants', 'spaces', kind]) ?? [];
    return tenantId === undefined || spaceId === undefined || id === undefined
      ? []
      : [{ tenantId, spaceId, id }];
  });
  const bySpace = Map.groupBy(own, ({ tenantId, spaceId }) => `${tenantId}/${spaceId}`);
  for (const group of bySpace.values()) {
    const [{ tenantId, spaceId } = { tenantId: '', spaceId: '' }] = group;
    await inSpace(run, { tenantId, spaceId }, async (walk) => {
      const ids = group.map(({ id }) => id);
      const { tally, oldest } = await walkIds(walk, await choose(walk, ids));
      const looked = kind === 'memories' ? { entries: 0 } : { entries: ids.length, memories: 0 };
      run.tally = addTallies(run.tally, { ...tally, ...looked });
      if (oldest !== null) run.lagMs = Math.max(run.lagMs, Date.now() - oldest);
    });
  }
}

async function withoutMemory({ database, paths }: Walk, ids: readonly string[]): Promise<string[]> {
  const memories = await database.getAll(...ids.map(paths.memory), { fieldMask: [] });
  return memories.filter(({ exists }) => !exists).map(({ id }) => id);
}

/** Verifies the counters of the spaces that it came through, of those that are not too large. */
async function countSpaces(run: Run, most: number): Promise<void> {
  for (const walk of [...run.spaces.values()].filter((each) => each !== null).slice(0, most)) {
    if (Date.now() >= run.deadline) return;
    const { tenantId, spaceId } = walk.paths;
    await inSpace(run, { tenantId, spaceId }, async () => {
      const { count } = (await walk.paths.index.count().get()).data();
      if (count > VERIFY.SAMPLE_SPACE_ENTRIES) return;
      run.tally = addTallies(run.tally, await walkCounters(walk));
    });
  }
}

/** Works in a space, unless it is being deleted; what fails there stops nothing else. */
async function inSpace(
  run: Run,
  { tenantId, spaceId }: { readonly tenantId: string; readonly spaceId: string },
  work: (walk: Walk) => Promise<void>,
): Promise<void> {
  const { database, embedder, spaces } = run;
  const paths = tenantPaths(database, tenantId).space(spaceId);
  const { path } = paths.space;
  try {
    if (!spaces.has(path)) {
      const kind = decodeSpace(await paths.space.get())?.kind ?? null;
      const embeddings = new EmbeddingCache(embedder);
      spaces.set(path, isDeleted(kind) ? null : { database, paths, embeddings, mends: true, now: Date.now });
    }
    const walk = spaces.get(path) ?? null;
    if (walk !== null) await work(walk);
  } catch (error) {
    const { code, details } = translateError(error, { operation: 'verify.sample', collection: 'spaces' });
    run.failed += 1;
    logger.error('space not verified', { ...details, code, space: digest(path) });
  }
}
