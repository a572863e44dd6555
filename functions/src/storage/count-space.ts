/**
 * The counters of a space against its entries. Entries and counters change in one commit, so what the entries
 * of a shard add up to, less what the shard says, is the same at every moment while all writes are healthy:
 * taken at any one moment, it may be added later, while others write, and the counters are exact then.
 *
 * It is added once: each shard counts its repairs, and the number must be what it was at that moment, as must be when
 * the shard was created.
 */
import type { DocumentSnapshot, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { STATS_SHARDS, VERIFY } from '../config.ts';
import { isZero, type Stats, statsDelta, statsGap, statsShard, sumStats } from '../core/stats.ts';
import { FieldPath, type Firestore, Timestamp, type Transaction } from './database.ts';
import { decodeCounted } from './entry-codec.ts';
import type { SpacePaths } from './paths.ts';
import { isSoundShard, readShard, statsDocument, statsShards } from './stats-shards.ts';
import { transactionWriter } from './writer.ts';

/** A count that is under way, as JSON can hold it. */
export interface Counting {
  /** The moment at which everything is counted: seconds and nanoseconds since the epoch. */
  readonly at: readonly [seconds: number, nanoseconds: number];
  /** The id of the last entry that was counted. */
  readonly after: string | null;
  /** The shards that are counted: from the first to before the second. */
  readonly shards: readonly [from: number, to: number];
  /** What their entries add up to so far, by the name of the shard. */
  readonly sums: { readonly [shard: string]: StoredSums };
}

/** Sums with their names as pairs, since not every name can be a key. */
interface StoredSums {
  readonly count: number;
  readonly bytes: number;
  readonly byKind: readonly (readonly [string, number])[];
  readonly byTag: readonly (readonly [string, number])[];
}

/** A shard that does not say what its entries add up to. */
interface WrongShard {
  readonly document: DocumentSnapshot;
  /** What is to be added; null where the document has to be made sound first. */
  readonly gap: ReturnType<typeof statsGap> | null;
}

/** What a part of a count came to: it goes on, or it is known of these shards what is wrong. */
export type CountPart =
  | { readonly counting: Counting }
  | { readonly wrong: readonly WrongShard[]; readonly rest: readonly [from: number, to: number] | null };

const NONE: Stats = { count: 0, bytes: 0, byKind: new Map(), byTag: new Map() };

/** All shards. */
export const EVERY_SHARD = [0, STATS_SHARDS] as const;

/**
 * Begins to count at this moment; or says which documents among the counters cannot be read, or count nothing,
 * so that they have to be made sound before.
 */
export async function beginCount(
  paths: SpacePaths,
  shards: readonly [from: number, to: number] = EVERY_SHARD,
): Promise<{ readonly counting: Counting; readonly unsound: readonly DocumentSnapshot[] }> {
  const { docs, readTime } = await paths.stats.get();
  const at = [readTime.seconds, readTime.nanoseconds] as const;
  return { counting: { at, after: null, shards, sums: {} }, unsound: docs.filter(isUnsound) };
}

/** True iff it is time to begin anew, since Firestore will not tell much longer how it was then. */
export function isTooOld({ at }: Pick<Counting, 'at'>, now: number): boolean {
  return at[0] * 1_000 + VERIFY.COUNT_MS < now;
}

/** Counts on, up to `VERIFY.COUNT_STEP` entries. */
export async function countOn(
  database: Firestore,
  paths: SpacePaths,
  counting: Counting,
  signal?: AbortSignal,
): Promise<CountPart & { readonly looked: number }> {
  let present = counting;
  let looked = 0;
  while (looked < VERIFY.COUNT_STEP) {
    signal?.throwIfAborted();
    const docs = await entriesAt(database, paths, present);
    looked += docs.length;
    present = fitting(addEntries(present, docs));
    if (docs.length < VERIFY.COUNT_PAGE) return { ...(await compare(database, paths, present)), looked };
  }
  return { counting: present, looked };
}

function entriesAt(
  database: Firestore,
  paths: SpacePaths,
  { at, after }: Counting,
): Promise<QueryDocumentSnapshot[]> {
  const ordered = paths.index.orderBy(FieldPath.documentId()).select('counted').limit(VERIFY.COUNT_PAGE);
  const query = after === null ? ordered : ordered.startAfter(after);
  return database.runTransaction(async (transaction) => (await transaction.get(query)).docs, moment(at));
}

function moment([seconds, nanoseconds]: Counting['at']) {
  return { readOnly: true, readTime: new Timestamp(seconds, nanoseconds) } as const;
}

function addEntries(counting: Counting, docs: readonly QueryDocumentSnapshot[]): Counting {
  const [from, to] = counting.shards;
  const byShard = Map.groupBy(docs, ({ id }) => statsShard(id));
  const sums = { ...counting.sums };
  for (const [shard, entries] of byShard) {
    if (Number(shard) < from || Number(shard) >= to) continue;
    const counted = entries.map(decodeCounted).filter((each) => each !== null);
    sums[shard] = toStored(sumStats([toStats(sums[shard]), statsDelta([], counted)]));
  }
  return { ...counting, sums, after: docs.at(-1)?.id ?? counting.after };
}

/** Leaves half of the shards to a later count where the sums, of very many tags, become too large to keep. */
function fitting(counting: Counting): Counting {
  const [from, to] = counting.shards;
  if (to - from === 1 || JSON.stringify(counting.sums).length <= VERIFY.MAX_SUMS) return counting;
  const middle = Math.ceil((from + to) / 2);
  const kept = Object.entries(counting.sums).filter(([shard]) => Number(shard) < middle);
  return fitting({ ...counting, shards: [from, middle], sums: Object.fromEntries(kept) });
}

async function compare(database: Firestore, paths: SpacePaths, counting: Counting): Promise<CountPart> {
  const [from, to] = counting.shards;
  const references = statsShards(paths).slice(from, to);
  const documents = await database.runTransaction(
    (transaction) => transaction.getAll(...references),
    moment(counting.at),
  );
  const wrong = documents.flatMap((document): WrongShard[] => {
    if (isUnsound(document)) return [{ document, gap: null }];
    const gap = statsGap(toStats(counting.sums[document.id]), readShard(document));
    return isZero(gap) ? [] : [{ document, gap }];
  });
  return { wrong, rest: to === STATS_SHARDS ? null : [to, STATS_SHARDS] };
}

/** True iff it is there, and is no shard or cannot be read as one. */
function isUnsound(document: DocumentSnapshot): boolean {
  return document.exists && (isStray(document) || !isSoundShard(document));
}

/** True iff it counts no memory, although it stands among the counters. */
export function isStray({ id }: Pick<DocumentSnapshot, 'id'>): boolean {
  return !SHARDS.has(id);
}

const SHARDS: ReadonlySet<string> = new Set(Array.from({ length: STATS_SHARDS }, (_, n) => String(n)));

/**
 * Adds what is missing in a transaction that has read the shards as they are.
 * @returns whether it did: not if one of them was repaired or created since, or became unsound
 */
export function mendCounters(
  transaction: Transaction,
  wrong: readonly WrongShard[],
  present: readonly DocumentSnapshot[],
): boolean {
  const isDue = wrong.every(
    ({ document, gap }, place) =>
      gap !== null &&
      present[place] !== undefined &&
      !isUnsound(present[place]) &&
      isSameLife(present[place], document) &&
      repairs(present[place]) === repairs(document),
  );
  if (!isDue) return false;
  for (const { document, gap } of wrong) {
    if (gap === null) continue;
    transactionWriter(transaction).count(document.ref, gap);
    transaction.set(document.ref, { repairs: repairs(document) + 1 }, { merge: true });
  }
  return true;
}

/** Makes documents sound that the transaction has read: what can be read of them is kept; strays go. */
export function makeSound(transaction: Transaction, documents: readonly DocumentSnapshot[]): void {
  for (const document of documents.filter(isUnsound)) {
    const counters = { ...statsDocument(readShard(document)), repairs: repairs(document) + 1 };
    if (isStray(document)) transaction.delete(document.ref);
    else transaction.set(document.ref, counters);
  }
}

/** True iff the shard is the same one: that of a space which was deleted and is used again counts from 0 once more. */
function isSameLife(one: DocumentSnapshot, other: DocumentSnapshot): boolean {
  return one.createTime?.valueOf() === other.createTime?.valueOf();
}

/** How often a shard was repaired. */
function repairs(document: DocumentSnapshot): number {
  const stored: unknown = document.get('repairs');
  return Number.isSafeInteger(stored) ? Number(stored) : 0;
}

function toStored({ count, bytes, byKind, byTag }: Stats): StoredSums {
  return { count, bytes, byKind: [...byKind], byTag: [...byTag] };
}

function toStats(stored: StoredSums | undefined): Stats {
  if (stored === undefined) return NONE;
  return { ...stored, byKind: new Map(stored.byKind), byTag: new Map(stored.byTag) };
}
