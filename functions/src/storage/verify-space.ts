/**
 * Verifies and repairs a space, step by step: first its memories and entries, page by page, then the claims and markers
 * that nobody needs, then its counters.
 */
import type { Transaction } from 'firebase-admin/firestore';
import { VERIFY } from '../config.ts';
import type { DifferenceKind } from '../contract/types.ts';
import { addTallies, NOTHING_FOUND, type Tally, tallyOf } from '../core/difference.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { type Look, lookAt, readPairs } from './look.ts';
import { forgettingPasts, mendAll } from './mend.ts';
import { inHalves } from './mend-in-halves.ts';
import { type TransactionReads, withReads } from './transaction-reads.ts';
import { countersStep } from './verify-counters.ts';
import { leftoverStep } from './verify-leftovers.ts';
import { lookedAt, mendablePart, type Page, prepareVectors, readIds, readPage } from './verify-page.ts';
import { mapEnd, readPosition, type StepEnd, type Walk, type WalkPosition, type WalkStep } from './walk.ts';
import { transact } from './write-path.ts';

/**
 * Compares all that is derived in a space with its memories; what is written meanwhile is no difference. With
 * `mends`, mends what differs and touches nothing else; safe to repeat, and beside other writers.
 * @throws StorageError `permission-denied` if it would mend in a space that is being deleted; else whatever
 *   Firestore or the embedder throws: what was mended so far stays
 */
export async function walkSpace(walk: Walk): Promise<Tally> {
  const tally = await walkFrom(walk, readPosition(null), Number.POSITIVE_INFINITY);
  return tally ?? NOTHING_FOUND;
}

/**
 * The same of the counters of a space alone, until a time by the clock, in milliseconds since the epoch.
 * @returns null if it did not come to the end by then
 */
export function walkCounters(walk: Walk, until: number): Promise<Tally | null> {
  return walkFrom(walk, { ...readPosition(null), stage: 'counters' }, until);
}

async function walkFrom(walk: Walk, beginning: WalkPosition, until: number): Promise<Tally | null> {
  let step: WalkStep = { position: beginning, looked: 0, isLast: false };
  while (!step.isLast) {
    walk.signal?.throwIfAborted();
    if (Date.now() >= until) return null;
    const { position } = step;
    step = await inHalves(
      walk,
      (most) => nextStep(walk, position, most),
      (end) => finish(walk, end),
    );
  }
  return step.position.tally;
}

/**
 * The same of some memories and entries, by their ids. Also tells since when an event has been owed for longest, at
 * most: milliseconds since the epoch; null if none is.
 */
export async function walkIds(
  walk: Walk,
  ids: readonly string[],
): Promise<{ readonly tally: Tally; readonly oldest: number | null }> {
  const page = await readIds(walk.database, walk.paths, ids, eyesOf(walk));
  const owed = page.looks.flatMap((look) => owedSince(look) ?? []);
  let tally = NOTHING_FOUND;
  for (let rest = page; ; ) {
    const left = rest;
    const { part, found } = await inHalves(
      walk,
      async (most) => {
        const settled = await settle(walk, left, most);
        return mapEnd(settled.end, (each) => ({ part: settled.part, found: each }));
      },
      (end) => finish(walk, end),
    );
    tally = addTallies(tally, addTallies(lookedAt(part), found));
    if (part.isLast) return { tally, oldest: owed.length === 0 ? null : Math.min(...owed) };
    rest = { ...rest, looks: rest.looks.slice(part.looks.length) };
  }
}

/** What an event would have mended. */
const OWED: ReadonlySet<DifferenceKind> = new Set(['missing-entry', 'stale-entry', 'orphan-entry']);

/**
 * When a memory was written whose event has not come to its entry. What was written after its memory, by another
 * embedder say or by hand, waits for no event. Of a memory that is gone, nothing tells since when: then it is the time
 * of its entry.
 */
function owedSince({ memory, entry, differences }: Look): number | null {
  if (!differences.some((kind) => OWED.has(kind))) return null;
  const [written, derived] = [memory, entry].map((document) => document?.updateTime?.toMillis());
  if (written === undefined) return derived ?? null;
  return derived === undefined || derived < written ? written : null;
}

/** Prepares the next step, which mends so many memories at the most. Nothing is written before its end. */
export function nextStep(walk: Walk, position: WalkPosition, most: number): Promise<StepEnd> {
  switch (position.stage) {
    case 'memories':
      return pageStep(walk, position, most);
    case 'claims':
    case 'markers':
      return leftoverStep(walk, position, position.stage);
    case 'counters':
      return countersStep(walk, position);
  }
}

async function pageStep(walk: Walk, position: WalkPosition, most: number): Promise<StepEnd> {
  const page = await readPage(walk.database, walk.paths, position, eyesOf(walk));
  const { part, end } = await settle(walk, page, most);
  const looked = lookedAt(part);
  return mapEnd(end, (found) => {
    const tally = addTallies(position.tally, addTallies(looked, found));
    const place = part.isLast ? ({ stage: 'claims', after: null } as const) : { after: part.after };
    const next = { ...position, tally, ...place, limit: pageAfter(part) };
    return { position: next, looked: looked.memories, isLast: false };
  });
}

/** What could not be mended with the rest of its page is read once more: so the next page is not much larger. */
function pageAfter({ looks }: Page): number {
  return Math.min(VERIFY.PAGE, Math.max(VERIFY.MEND_CHUNK, 2 * looks.length));
}

/** How it ends with a page, or with as much of it as one transaction can mend: what was found there. */
async function settle(
  walk: Walk,
  page: Page,
  most: number,
): Promise<{ readonly part: Page; readonly end: StepEnd<Tally> }> {
  const { paths, embeddings, signal } = walk;
  const { part, ids } = walk.mends ? mendablePart(page, most) : { part: page, ids: [] };
  const wrong = new Set(ids);
  const told = sumOf(part.looks.filter(({ id }) => !wrong.has(id)));
  if (ids.length === 0) return { part, end: { done: told } };
  const toMend = part.looks.filter(({ id }) => wrong.has(id));
  await prepareVectors(toMend, embeddings, signal);
  const mend = async (reads: TransactionReads, transaction: Transaction) => {
    const [pairs] = await Promise.all([readPairs(reads, paths, ids), refuseDeletedSpace(reads, paths)]);
    const looks = await lookAt(reads, paths, pairs, eyesOf(walk));
    const forget = await forgettingPasts(transaction, paths, looks);
    return (writer: Transaction) => {
      forget(writer);
      return addTallies(told, mendAll(writer, paths, looks, embeddings));
    };
  };
  return { part, end: { mend, ids } };
}

/** Ends a step, in a transaction if it needs one. */
async function finish<R>({ database, embeddings, signal }: Walk, end: StepEnd<R>): Promise<R> {
  if ('done' in end) return end.done;
  const attempt = (transaction: Transaction) =>
    withReads(transaction, async (reads) => (await end.mend(reads, transaction))(transaction));
  return transact(database, embeddings, attempt, signal);
}

function eyesOf({ embeddings, now }: Walk) {
  return { embedderId: embeddings.embedderId, now: now() };
}

function sumOf(looks: readonly Look[]): Tally {
  return looks.map(({ differences }) => tallyOf(differences, false)).reduce(addTallies, NOTHING_FOUND);
}
