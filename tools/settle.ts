/** Waiting until nothing derived is pending in a space, for tests and tools. */
import { type IndexEntry, planIndex } from '../functions/src/core/index-plan.ts';
import type { MemoryRecord } from '../functions/src/core/memory.ts';
import { type Stats, statsDelta, sumStats } from '../functions/src/core/stats.ts';
import { StorageError } from '../functions/src/errors.ts';
import type { DocumentSnapshot, Query } from '../functions/src/storage/database.ts';
import { decodeEntry } from '../functions/src/storage/entry-codec.ts';
import { decodeMemory } from '../functions/src/storage/memory-codec.ts';
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
 * Resolves as soon as every memory of the space has the entry that the index plan would leave as it is, every entry
 * has its memory, and the counters say what the entries count: for all that was written before the call, and for
 * what came while it waited. Listens to the database, and asks for nothing again and again. Reads each memory, entry
 * and counter of the space once, and each change of them. Damaged and staged memories count as none.
 * @throws Error that names what is pending when the deadline comes; the reason of the signal; Firestore's own error
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
  const ends = [paths.memories, paths.index, paths.stats].map((collection, place) =>
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

/** Tells each change of a collection, and null when what came together has been told. */
function watch(
  collection: Query,
  fail: (error: Error) => void,
  tell: (id: string | null, document: DocumentSnapshot | null) => void,
): () => void {
  return collection.onSnapshot((snapshot) => {
    for (const { doc, type } of snapshot.docChanges()) tell(doc.id, type === 'removed' ? null : doc);
    tell(null, null);
  }, fail);
}

/** What has been heard of a space so far. The three collections are heard of one after the other. */
class ObservedSpace {
  readonly #paths: SpacePaths;
  readonly #embedderId: string;
  readonly #heard = new Set<number>();
  readonly #memories = new Map<string, MemoryRecord>();
  readonly #entries = new Map<string, IndexEntry | 'damaged'>();
  readonly #shards = new Map<string, Stats>();
  /** What is to be done for each memory, looked at again when it or its entry changes. */
  readonly #pending = new Map<string, string>();

  constructor(paths: SpacePaths, embedderId: string) {
    this.#paths = paths;
    this.#embedderId = embedderId;
  }

  /** Takes a change of the memories, the index or the counters, by their place; an id of null ends some changes. */
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
    else change(this.#entries, id, entryOf(document));
    change(this.#pending, id, this.#planned(id));
  }

  /** What is pending, in words; empty iff nothing is. */
  pending(): string[] {
    if (this.#heard.size < 3) return ['the database has not answered'];
    if (this.#pending.size > 0) return [...this.#pending].map(([id, what]) => `${id}: ${what}`);
    const entries = [...this.#entries.values()].filter((entry) => entry !== 'damaged');
    const wanted = statsDelta(
      [],
      entries.map(({ counted }) => counted),
    );
    const counted = sumStats([...this.#shards.values()]);
    return same(wanted, counted) ? [] : [`counters: ${counted.count} memories, ${wanted.count} in the index`];
  }

  #memoryOf(document: DocumentSnapshot | null): MemoryRecord | null {
    try {
      return document === null ? null : (decodeMemory(document, this.#paths)?.record ?? null);
    } catch (error) {
      if (error instanceof StorageError) return null;
      throw error;
    }
  }

  #planned(id: string): string | null {
    const entry = this.#entries.get(id) ?? null;
    if (entry === 'damaged') return 'entry damaged';
    const memory = this.#memories.get(id) ?? null;
    const { action } = planIndex(memory, entry, {
      embedderId: this.#embedderId,
      of: () => undefined,
    });
    if (action === 'none') return null;
    if (action === 'delete') return 'entry left over';
    return entry === null ? 'entry missing' : 'entry stale';
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
