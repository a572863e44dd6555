/** Waiting until nothing derived is pending in a space, for tests and tools. */
import { type IndexEntry, planIndex } from '../functions/src/core/index-plan.ts';
import { type Stats, statsDelta, sumStats } from '../functions/src/core/stats.ts';
import { StorageError } from '../functions/src/errors.ts';
import type { DocumentSnapshot, Query } from '../functions/src/storage/database.ts';
import { decodeEntry } from '../functions/src/storage/entry-codec.ts';
import { type DecodedMemory, decodeMemory } from '../functions/src/storage/memory-codec.ts';
import type { SpacePaths } from '../functions/src/storage/paths.ts';
import { isStaged } from '../functions/src/storage/staging.ts';
import { decodeStats } from '../functions/src/storage/stats-shards.ts';

/** How long to wait, and for what. */
export interface SettleOptions {
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** Names the embedder whose vectors the entries are to have. */
  readonly embedderId: string;
  readonly signal?: AbortSignal;
}

/** Things that are named when the deadline comes. */
const MAX_NAMED = 10;

/**
 * Resolves as soon as every memory of the space is complete and has the entry that the index plan would leave as it
 * is, every entry has its memory, the counters say what the entries count, and there is a dead letter of each damaged
 * memory and of no other: for all that was written before the call, and for what came while it waited. Listens to the
 * database, and asks for nothing again and again. Reads each memory, entry, counter and letter of the space once, and
 * each change of them. Damaged and staged memories count as none.
 * @throws Error that names what is pending when the deadline comes; the reason of the signal; Firestore's own error;
 *   StorageError (`data-loss`) if the counters cannot be read
 */
export async function settle(paths: SpacePaths, options: SettleOptions): Promise<void> {
  const { deadlineMs, embedderId, signal } = options;
  signal?.throwIfAborted();
  const space = new ObservedSpace(paths, embedderId);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(() => {
    const pending = space.pending();
    const named = pending.slice(0, MAX_NAMED).join('; ');
    reject(new Error(`Not settled within ${deadlineMs} ms, ${pending.length} pending: ${named}`));
  }, deadlineMs);
  const stop = () => reject(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const ends = [paths.memories, paths.index, paths.stats, paths.deadLetters].map((collection, place) =>
    watch(collection, reject, (id, document) => {
      space.take(place, id, document);
      if (id === null && space.pending().length === 0) resolve();
    }),
  );
  try {
    await promise;
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', stop);
    for (const end of ends) end();
  }
}

/** Tells each change of a collection, and null when what came together has been told; or that one of them failed. */
function watch(
  collection: Query,
  fail: (error: unknown) => void,
  tell: (id: string | null, document: DocumentSnapshot | null) => void,
): () => void {
  return collection.onSnapshot((snapshot) => {
    try {
      for (const { doc, type } of snapshot.docChanges()) tell(doc.id, type === 'removed' ? null : doc);
      tell(null, null);
    } catch (error) {
      fail(error);
    }
  }, fail);
}

/** The collections that are heard of, one after the other. */
const COLLECTIONS = 4;

/** What has been heard of a space so far. */
class ObservedSpace {
  readonly #paths: SpacePaths;
  readonly #embedderId: string;
  readonly #heard = new Set<number>();
  readonly #memories = new Map<string, DecodedMemory | 'damaged'>();
  readonly #entries = new Map<string, IndexEntry | 'damaged'>();
  readonly #shards = new Map<string, Stats>();
  readonly #letters = new Map<string, true>();
  /** What is to be done for each memory, looked at again when it, its entry or its letter changes. */
  readonly #pending = new Map<string, string>();

  constructor(paths: SpacePaths, embedderId: string) {
    this.#paths = paths;
    this.#embedderId = embedderId;
  }

  /** Takes a change of a collection, by its place in `settle`; an id of null ends some changes. */
  take(place: number, id: string | null, document: DocumentSnapshot | null): void {
    if (id === null) {
      this.#heard.add(place);
      return;
    }
    if (place === 2) {
      change(this.#shards, id, document === null ? null : decodeStats(document));
      return;
    }
    if (place === 0) change(this.#memories, id, this.#memoryOf(document));
    else if (place === 1) change(this.#entries, id, entryOf(document));
    else change(this.#letters, id, document === null ? null : true);
    change(this.#pending, id, this.#planned(id));
  }

  /** What is pending, in words; empty iff nothing is. */
  pending(): string[] {
    if (this.#heard.size < COLLECTIONS) return ['the database has not answered'];
    if (this.#pending.size > 0) return [...this.#pending].map(([id, what]) => `${id}: ${what}`);
    const entries = [...this.#entries.values()].filter((entry) => entry !== 'damaged');
    const wanted = statsDelta(
      [],
      entries.map(({ counted }) => counted),
    );
    const counted = sumStats([...this.#shards.values()]);
    return same(wanted, counted) ? [] : [`counters: ${counted.count} memories, ${wanted.count} in the index`];
  }

  #memoryOf(document: DocumentSnapshot | null): DecodedMemory | 'damaged' | null {
    try {
      return document === null ? null : decodeMemory(document, this.#paths);
    } catch (error) {
      if (error instanceof StorageError) return 'damaged';
      throw error;
    }
  }

  #planned(id: string): string | null {
    const entry = this.#entries.get(id) ?? null;
    if (entry === 'damaged') return 'entry damaged';
    const memory = this.#memories.get(id) ?? null;
    const sound = memory === 'damaged' ? null : memory;
    const { action } = planIndex(sound?.record ?? null, entry, {
      embedderId: this.#embedderId,
      of: () => undefined,
    });
    if (action === 'delete') return 'entry left over';
    if (action !== 'none') return entry === null ? 'entry missing' : 'entry stale';
    if (sound?.complete === false) return 'memory incomplete';
    if ((memory === 'damaged') === this.#letters.has(id)) return null;
    return memory === 'damaged' ? 'letter missing' : 'letter left over';
  }
}

function entryOf(document: DocumentSnapshot | null): IndexEntry | 'damaged' | null {
  return document === null || isStaged(document) ? null : (decodeEntry(document) ?? 'damaged');
}

function change<T>(map: Map<string, T>, id: string, value: T | null): void {
  if (value === null) map.delete(id);
  else map.set(id, value);
}

function same(one: Stats, other: Stats): boolean {
  const names = (counts: ReadonlyMap<string, number>) => JSON.stringify([...counts].sort());
  return (
    one.count === other.count &&
    one.bytes === other.bytes &&
    names(one.byKind) === names(other.byKind) &&
    names(one.byTag) === names(other.byTag)
  );
}
