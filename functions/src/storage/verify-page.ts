/**
 * One page of a walk over the memories and the entries of a space, side by side in the order of their ids. All
 * of a page is read in one read-only transaction, so it is of one moment: whoever writes meanwhile changes
 * memory and entry in one commit, and is seen whole or not at all.
 */
import { commitsOf } from '../core/commit-size.ts';
import { NOTHING_FOUND, type Tally } from '../core/difference.ts';
import { planIndex, textToEmbed } from '../core/index-plan.ts';
import { FieldPath, type Firestore, type Query, type QueryDocumentSnapshot } from './database.ts';
import type { EmbeddingCache } from './embeddings.ts';
import { decodeEntry } from './entry-codec.ts';
import { type Eyes, type Look, lookAt, type Pair, readPairs } from './look.ts';
import type { SpacePaths } from './paths.ts';
import { isStaged } from './staging.ts';
import { withReads } from './transaction-reads.ts';

/** A page that was compared. */
export interface Page {
  readonly looks: readonly Look[];
  /** The id after which the next page begins. */
  readonly after: string | null;
  readonly isLast: boolean;
}

/** Reads and compares the next page, of so many memories and entries at the most. */
export async function readPage(
  database: Firestore,
  paths: SpacePaths,
  { after, limit }: { readonly after: string | null; readonly limit: number },
  eyes: Eyes,
): Promise<Page> {
  return database.runTransaction(
    (transaction) =>
      withReads(transaction, async (reads) => {
        const [memories, entries] = await Promise.all([
          reads.query(following(paths.memories, after).limit(limit)),
          reads.query(following(paths.index, after).limit(limit)),
        ]);
        const { pairs, end } = join(memories.docs, entries.docs, limit);
        const looks = await lookAt(reads, paths, pairs, eyes);
        return { looks, after: end ?? after, isLast: end === null };
      }),
    { readOnly: true },
  );
}

/** Reads and compares what has these ids. */
export function readIds(
  database: Firestore,
  paths: SpacePaths,
  ids: readonly string[],
  eyes: Eyes,
): Promise<Page> {
  return database.runTransaction(
    (transaction) =>
      withReads(transaction, async (reads) => {
        const pairs = await readPairs(reads, paths, ids);
        return { looks: await lookAt(reads, paths, pairs, eyes), after: null, isLast: true };
      }),
    { readOnly: true },
  );
}

function following(collection: Query, after: string | null): Query {
  const ordered = collection.orderBy(FieldPath.documentId());
  return after === null ? ordered : ordered.startAfter(after);
}

/** Pairs documents by id, as far as both queries reach; `end` is the last id, or null if there are no more. */
function join(
  memories: readonly QueryDocumentSnapshot[],
  entries: readonly QueryDocumentSnapshot[],
  limit: number,
): { readonly pairs: Pair[]; readonly end: string | null } {
  const ends = [memories, entries]
    .filter(({ length }) => length === limit)
    .flatMap((docs) => docs.at(-1)?.id ?? []);
  const end = ends.sort(byBytes)[0] ?? null;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const known = new Map(memories.map((memory) => [memory.id, memory]));
  const ids = [...new Set([...known.keys(), ...byId.keys()])].sort(byBytes);
  const within = end === null ? ids : ids.filter((id) => byBytes(id, end) <= 0);
  return { pairs: within.map((id) => ({ id, memory: known.get(id), entry: byId.get(id) })), end };
}

/** The order in which Firestore has ids. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * What of a page can be mended in one transaction, so many memories at the most: a page that ends where that becomes
 * too large. With 0 nothing is mended, and the page ends with the first that would be.
 */
export function mendablePart(
  page: Page,
  most: number,
): { readonly part: Page; readonly ids: readonly string[] } {
  const wrong = page.looks.filter(({ isMendable }) => isMendable);
  const sizes = wrong.map(({ decoded }) => decoded?.record.memory ?? { text: '' });
  const first = commitsOf(sizes)[0] ?? [];
  const chosen = wrong.slice(0, Math.min(first.length, most));
  const ids = chosen.map(({ id }) => id);
  const next = wrong[Math.max(1, chosen.length)];
  if (next === undefined) return { part: page, ids };
  const looks = page.looks.slice(0, page.looks.indexOf(next));
  return { part: { looks, after: looks.at(-1)?.id ?? null, isLast: false }, ids };
}

/** Embeds what the entries of these memories will need, all at once. */
export async function prepareVectors(
  looks: readonly Look[],
  embeddings: EmbeddingCache,
  signal?: AbortSignal,
): Promise<void> {
  const texts = looks.flatMap(({ decoded, entry, differences }) => {
    if (decoded === null) return [];
    const { memory } = decoded.record;
    // An entry that is not what it says lends no vector.
    if (differences.includes('damaged-entry')) return [textToEmbed(memory)];
    const plan = planIndex(decoded.record, entry === undefined ? null : decodeEntry(entry), embeddings);
    return plan.action === 'embed' ? [plan.text] : [];
  });
  await embeddings.prepare(texts, signal);
}

/** How many memories and entries were looked at; what is staged is neither. */
export function lookedAt({ looks }: Pick<Page, 'looks'>): Tally {
  const isThere = (document: Pair['memory']) => document?.exists === true && !isStaged(document);
  return {
    ...NOTHING_FOUND,
    memories: looks.filter(({ memory }) => isThere(memory)).length,
    entries: looks.filter(({ entry }) => isThere(entry)).length,
  };
}
