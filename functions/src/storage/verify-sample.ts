/**
 * The rotating sample: the work of a schedule. Each run goes on where the one before it ended, over the memories, the
 * index entries and the counters of all tenants, and begins again at their end. It mends what it finds.
 */
import { VERIFY } from '../config.ts';
import { addTallies } from '../core/difference.ts';
import { NO_EMBEDDER } from '../core/index-plan.ts';
import type { Embedder } from '../search/embedder.ts';
import { FieldPath, type Firestore, type QueryDocumentSnapshot } from './database.ts';
import { deadLetters } from './dead-letters.ts';
import { everywhere, idsAlong } from './paths.ts';
import { beginRun, inSpace, isOver, type Run, type SampleBounds } from './sample-run.ts';
import { translateError } from './translate-error.ts';
import { type Cursors, readVerification, recordVerification, type Verification } from './verification.ts';
import { sampleCounters } from './verify-sample-counters.ts';
import { walkIds } from './verify-space.ts';
import type { Walk } from './walk.ts';

/**
 * Takes the next part of the sample and records what it came to. A space that cannot be worked on is left to
 * the next round; it is in the log by the digest of its path.
 * @throws StorageError if the database fails: the run is not recorded, and the next one does its work too
 */
export async function verifySample(
  database: Firestore,
  embedder: Embedder,
  bounds: SampleBounds = {},
): Promise<Verification> {
  const run = beginRun(database, embedder, bounds);
  try {
    const from = (await readVerification(database))?.cursors ?? { memories: null, index: null, stats: null };
    await catchUp(run);
    const cursors: Cursors = {
      memories: await sampleKind(run, 'memories', from.memories),
      index: await sampleKind(run, 'index', from.index),
      stats: await sampleCounters(run, from.stats),
    };
    const { tally, lagMs, failed, isWhole } = run;
    const found = { ...tally, differences: { ...tally.differences } };
    const { count } = await deadLetters(database);
    const at = Date.now();
    const verification = { ...found, at, lagMs, failed, isWhole, deadLetters: count, cursors };
    await recordVerification(database, verification);
    return verification;
  } catch (error) {
    throw translateError(error, { operation: 'verify.sample', collection: 'operations' });
  }
}

/** Looks first at memories that the embedder failed to embed, wherever they are. */
async function catchUp(run: Run): Promise<void> {
  if (isOver(run)) return;
  const pending = everywhere(run.database, 'index').where('embedder', '==', NO_EMBEDDER).select();
  const { docs } = await pending.limit(VERIFY.UNEMBEDDED).get();
  await compareAll(run, 'index', docs, async (_walk, ids) => ids);
}

/** Looks at the next documents of a kind; returns where the next run goes on. */
async function sampleKind(run: Run, kind: 'memories' | 'index', from: string | null): Promise<string | null> {
  let after = from;
  for (let looked = 0; looked < run.most && !isOver(run); ) {
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
      if (tally.mended > 0) run.doubtful.add(walk);
      if (oldest !== null) run.lagMs = Math.max(run.lagMs, Date.now() - oldest);
    });
  }
}

async function withoutMemory({ database, paths }: Walk, ids: readonly string[]): Promise<string[]> {
  const memories = await database.getAll(...ids.map(paths.memory), { fieldMask: [] });
  return memories.filter(({ exists }) => !exists).map(({ id }) => id);
}
