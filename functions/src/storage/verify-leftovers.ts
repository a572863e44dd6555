/**
 * Claims and markers that nobody needs: what a change by hand left behind whose event was lost, and the markers of
 * sessions whose turns were deleted one by one. They tell nothing wrong, but a list of sessions reads them.
 */
import type { DocumentSnapshot, Query, QuerySnapshot, Transaction } from 'firebase-admin/firestore';
import { VERIFY } from '../config.ts';
import { isId } from '../contract/primitives.ts';
import { contentHash } from '../core/dedupe.ts';
import { addTallies, tallyOf } from '../core/difference.ts';
import { StorageError } from '../errors.ts';
import { FieldPath, type Firestore, type QueryDocumentSnapshot } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { CONTENT_HASH } from './forget-claim.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { turnsOf } from './queries.ts';
import type { StepEnd, Walk, WalkPosition, WalkStep } from './walk.ts';

type Stage = 'claims' | 'markers';

/** Runs a query, at the moment of a transaction or outside of any. */
type Ask = (query: Query) => Promise<QuerySnapshot>;

/** A page of claims or markers. */
interface LeftoverPage {
  readonly left: readonly QueryDocumentSnapshot[];
  readonly after: string | null;
  readonly isLast: boolean;
}

const KIND = { claims: 'leftover-claim', markers: 'leftover-marker' } as const;

const PAGES: Readonly<Record<Stage, (paths: SpacePaths) => { collection: Query; limit: number }>> = {
  claims: ({ claims }) => ({ collection: claims, limit: VERIFY.CLAIMS_PAGE }),
  markers: ({ sessions }) => ({ collection: sessions, limit: VERIFY.PAGE }),
};

/** Prepares the next step: a page of claims or of markers, of which it removes what nobody needs. */
export async function leftoverStep(walk: Walk, position: WalkPosition, stage: Stage): Promise<StepEnd> {
  const { database, paths, mends } = walk;
  const { left, after, isLast } = await readLeftovers(database, paths, stage, position.after);
  const next = isLast
    ? ({ stage: stage === 'claims' ? 'markers' : 'counters', after: null } as const)
    : { after };
  const step = (count: number): WalkStep => {
    const kinds = new Array<(typeof KIND)[Stage]>(count).fill(KIND[stage]);
    const tally = addTallies(position.tally, tallyOf(kinds, mends));
    return { position: { ...position, tally, ...next }, looked: 0, isLast: false };
  };
  if (!mends || left.length === 0) return { done: step(left.length) };
  return {
    mend: async (reads) => {
      const [held] = await Promise.all([
        reads.documents(left.map(({ ref }) => ref)),
        refuseDeletedSpace(reads, paths),
      ]);
      // The transaction holds them, and whoever needs one has to write it: so the rest is asked outside of it, as
      // `forgettingPast` does, and for its reason.
      const outside: Ask = (query) => query.get();
      const isStillLeft = await Promise.all(
        held.map(async (document) => document.exists && (await IS_LEFT[stage](outside, paths, document))),
      );
      const removed = held.filter((_, place) => isStillLeft[place]);
      return (transaction) => {
        for (const { ref } of removed) transaction.delete(ref);
        return step(removed.length);
      };
    },
  };
}

/** Reads a page, and finds what of it nobody needs, all at one moment. */
function readLeftovers(
  database: Firestore,
  paths: SpacePaths,
  stage: Stage,
  from: string | null,
): Promise<LeftoverPage> {
  const { collection, limit } = PAGES[stage](paths);
  const ordered = collection.orderBy(FieldPath.documentId()).limit(limit);
  return database.runTransaction(
    async (transaction) => {
      const { docs } = await transaction.get(from === null ? ordered : ordered.startAfter(from));
      const doubtful = stage === 'claims' ? await unheld(transaction, paths, docs) : docs;
      const ask: Ask = (query) => transaction.get(query);
      const isLeft = await Promise.all(doubtful.map((each) => IS_LEFT[stage](ask, paths, each)));
      const left = doubtful.filter((_, place) => isLeft[place]);
      const chosen = left.slice(0, VERIFY.LEFTOVERS);
      const isAll = chosen.length === left.length;
      const after = (isAll ? docs : chosen).at(-1)?.id ?? from;
      return { left: chosen, after, isLast: isAll && docs.length < limit };
    },
    { readOnly: true },
  );
}

/** The claims whose memory has another content by its entry, or none: nearly none in a space where all is well. */
async function unheld(
  transaction: Transaction,
  paths: SpacePaths,
  claims: readonly QueryDocumentSnapshot[],
): Promise<readonly QueryDocumentSnapshot[]> {
  const holders = [...new Set(claims.flatMap((claim) => holderOf(claim) ?? []))];
  const [first, ...others] = holders.map(paths.entry);
  if (first === undefined) return claims;
  const entries = await transaction.getAll(first, ...others, { fieldMask: ['contentHash'] });
  const contents = new Map(entries.map((entry) => [entry.id, `d${String(entry.get('contentHash'))}`]));
  return claims.filter((claim) => contents.get(holderOf(claim) ?? '') !== claim.id);
}

const IS_LEFT: Readonly<
  Record<Stage, (ask: Ask, paths: SpacePaths, document: DocumentSnapshot) => Promise<boolean>>
> = {
  claims: isLeftClaim,
  /** A marker is needed as long as its session has a turn. */
  markers: async (ask, paths, { id }) => (await ask(turnsOf(paths, id).select().limit(1))).empty,
};

/**
 * A claim is needed as long as a memory has the content. Where the memory that it names has revisions, an operation
 * left it behind, and it goes with them.
 */
async function isLeftClaim(ask: Ask, paths: SpacePaths, claim: DocumentSnapshot): Promise<boolean> {
  const hash = claim.id.slice(1);
  if (!CONTENT_HASH.test(hash)) return false;
  if (!(await ask(paths.index.where('contentHash', '==', hash).select().limit(1))).empty) return false;
  const id = holderOf(claim);
  if (id === null) return true;
  const named = paths.memories.where(FieldPath.documentId(), '==', id);
  const [revisions, { docs }] = await Promise.all([
    ask(paths.revisions(id).select().limit(1)),
    ask(named.limit(1)),
  ]);
  return revisions.empty && !docs.some((memory) => contentOf(memory, paths) === hash);
}

/** The content hash of a memory; null if it is none that can be read. */
function contentOf(document: DocumentSnapshot, paths: SpacePaths): string | null {
  try {
    const decoded = decodeMemory(document, paths);
    return decoded === null ? null : contentHash(decoded.record.memory);
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

/** The memory that a claim names; null if it names none. */
function holderOf(claim: DocumentSnapshot): string | null {
  const id: unknown = claim.get('memoryId');
  return typeof id === 'string' && isId(id) ? id : null;
}
