/**
 * Removes what has expired, in all tenants: the work of the scheduled sweeper. What there is to do is asked
 * of the database each time, so a run that ends early, or never comes, leaves nothing but more work to the
 * next; and two at once do no harm.
 */
import { type QueryDocumentSnapshot, Timestamp } from 'firebase-admin/firestore';
import * as logger from 'firebase-functions/logger';
import { type CollectionKind, SWEEP } from '../config.ts';
import { digest } from '../core/dedupe.ts';
import type { Firestore } from './database.ts';
import { deletePlainly } from './delete-plainly.ts';
import { freeDeletedSpace } from './deleted-space.ts';
import { forgetDeletion } from './forget-deletion.ts';
import { type Bounds, forgetMemory } from './forget-memory.ts';
import { everywhere, idsAlong } from './paths.ts';
import { translateError } from './translate-error.ts';

/** What became of one document; `kept`: it is not, or no longer, to be removed, or not within this run. */
export type SweepOutcome = 'removed' | 'kept';

/** How expired documents of one kind are removed. */
interface Line {
  readonly kind: CollectionKind;
  /** The collections on the path of such a document, from the root on. Any other is left alone. */
  readonly under: readonly CollectionKind[];
  /** Removes one document by the ids along its path; without it, the document is simply deleted. */
  remove?(database: Firestore, ids: readonly string[], bounds: Bounds): Promise<SweepOutcome>;
}

const IN_SPACE = ['tenants', 'spaces'] as const;

/** What the sweeper looks after, in this order. Each kind needs a collection group index on `expiresAt`. */
const LINES: readonly Line[] = [
  { kind: 'receipts', under: [...IN_SPACE, 'receipts'] },
  { kind: 'inbox', under: [...IN_SPACE, 'inbox'] },
  { kind: 'jobs', under: ['tenants', 'jobs'] },
  {
    kind: 'spaces',
    under: IN_SPACE,
    remove: (database, [tenantId = '', spaceId = ''], { now }) =>
      freeDeletedSpace(database, { tenantId, spaceId }, now),
  },
  { kind: 'agentData', under: [...IN_SPACE, 'agentData'] },
  { kind: 'memories', under: [...IN_SPACE, 'memories'], remove: forget },
  // Entries of memories that Firestore deleted, whose event was lost.
  { kind: 'index', under: [...IN_SPACE, 'index'], remove: forget },
  {
    kind: 'revisions',
    under: [...IN_SPACE, 'memories', 'revisions'],
    remove: (database, [tenantId = '', spaceId = '', memoryId = '', revisionId = ''], bounds) =>
      forgetDeletion(database, { tenantId, spaceId, memoryId }, revisionId, bounds),
  },
];

/** The kinds of collections in which documents expire. */
export const SWEPT_KINDS: readonly CollectionKind[] = LINES.map(({ kind }) => kind);

/** What a run did with the documents of one kind. */
export interface SweptKind {
  /** Expired documents that it looked at. */
  readonly found: number;
  readonly removed: number;
  /** Those that are not the service's own, or were not to be removed any more, or not within this run. */
  readonly kept: number;
  /** Those that could not be removed; each is in the log by the digest of its path. */
  readonly failed: number;
  /** Whether it got to the end: no more had expired. */
  readonly complete: boolean;
  /** The code of the error, where not even the query succeeded. */
  readonly error?: string;
}

/** What a run did. */
export type SweepReport = Readonly<Partial<Record<CollectionKind, SweptKind>>>;

/** When a run ends, and how much it does. */
export interface SweepRequest {
  /** Milliseconds since the epoch: what expires later stays. */
  readonly now: number;
  /** Milliseconds since the epoch after which nothing new is begun; `SWEEP.RUN_MS` from here by default. */
  readonly deadline?: number;
  readonly signal?: AbortSignal;
  /** Documents of one kind that are removed at the most; `SWEEP.MAX_DOCUMENTS` by default. */
  readonly maxDocuments?: number;
  /** Revisions that one transaction removes; `SWEEP.REVISIONS` by default. */
  readonly revisions?: number;
}

/**
 * Sweeps once, kind by kind; each may take an equal share of the time that is left. A document that cannot
 * be removed, or a kind that cannot be asked for, stops no other. Nothing is thrown.
 */
export async function sweepExpired(database: Firestore, request: SweepRequest): Promise<SweepReport> {
  const { deadline = Date.now() + SWEEP.RUN_MS, signal } = request;
  const report: Partial<Record<CollectionKind, SweptKind>> = {};
  for (const [place, line] of LINES.entries()) {
    const until = Date.now() + (deadline - Date.now()) / (LINES.length - place);
    const isStopped = () => signal?.aborted === true || Date.now() >= until;
    report[line.kind] = await sweepKind(database, line, { ...request, isStopped });
  }
  return report;
}

type KindBounds = Bounds & Pick<SweepRequest, 'maxDocuments'>;

async function sweepKind(database: Firestore, line: Line, bounds: KindBounds): Promise<SweptKind> {
  const { maxDocuments = SWEEP.MAX_DOCUMENTS } = bounds;
  const expired = everywhere(database, line.kind)
    .where('expiresAt', '<=', Timestamp.fromMillis(bounds.now))
    .orderBy('expiresAt')
    .select('expiresAt');
  const counts = { found: 0, removed: 0, kept: 0, failed: 0 };
  let next = expired;
  try {
    // What cannot be removed does not count: it would keep what expired after it from its turn, in every run.
    while (counts.removed < maxDocuments && !bounds.isStopped()) {
      const wanted = Math.min(SWEEP.PAGE, maxDocuments - counts.removed);
      const { docs } = await next.limit(wanted).get();
      const outcomes = await removeAll(database, line, docs, bounds);
      counts.found += outcomes.length;
      for (const outcome of outcomes) counts[outcome] += 1;
      if (outcomes.length < docs.length) break;
      const last = docs.at(-1);
      if (docs.length < wanted || last === undefined) return { ...counts, complete: true };
      next = expired.startAfter(last);
    }
    return { ...counts, complete: false };
  } catch (error) {
    const { code, details } = translateError(error, { operation: 'sweep', collection: line.kind });
    logger.error('sweep failed', { ...details, code });
    return { ...counts, complete: false, error: code };
  }
}

/** The outcomes of the documents of a page; fewer than there are documents if it was stopped. */
async function removeAll(
  database: Firestore,
  { kind, under, remove }: Line,
  documents: readonly QueryDocumentSnapshot[],
  bounds: Bounds,
): Promise<(SweepOutcome | 'failed')[]> {
  const own = documents.filter(({ ref }) => idsAlong(ref, under) !== null);
  const others = new Array<SweepOutcome>(documents.length - own.length).fill('kept');
  const failed = ({ ref }: QueryDocumentSnapshot, error: unknown): SweepOutcome | 'failed' => {
    const { code, details } = translateError(error, { operation: 'sweep', collection: kind });
    // Somebody else writes it at the same time, another sweeper perhaps.
    if (code === 'aborted') return 'kept';
    logger.error('expired document not removed', { ...details, code, document: digest(ref.path) });
    return 'failed';
  };
  if (remove === undefined) return [...others, ...(await deletePlainly(database, own, failed))];
  const removed = await inTurns(own, SWEEP.PARALLEL, bounds, (document) =>
    remove(database, idsAlong(document.ref, under) ?? [], bounds).catch((error) => failed(document, error)),
  );
  return [...others, ...removed];
}

/**
 * Works on the documents, each once, until there are no more or it is stopped: on so many spaces at a time,
 * and in each space on one after the other, as the memories of a space share their counters.
 */
async function inTurns<R>(
  documents: readonly QueryDocumentSnapshot[],
  width: number,
  bounds: Bounds,
  work: (document: QueryDocumentSnapshot) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const spaces = Map.groupBy(documents, ({ ref }) => ref.path.split('/', 4).join('/')).values();
  const worker = async () => {
    for (const space of spaces) {
      for (const document of space) {
        results.push(await work(document));
        if (bounds.isStopped()) return;
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Forgets the memory with the ids along the path of its document or of its entry. */
function forget(
  database: Firestore,
  [tenantId = '', spaceId = '', memoryId = '']: readonly string[],
  bounds: Bounds,
): Promise<SweepOutcome> {
  return forgetMemory(database, { tenantId, spaceId, memoryId }, bounds);
}
