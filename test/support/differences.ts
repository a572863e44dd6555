/**
 * What is derived in a space, recomputed from its memories alone by the pure functions, and held against what is
 * stored, document by document.
 */
import assert from 'node:assert/strict';
import { COLLECTIONS } from '../../functions/src/config.ts';
import { contentHash } from '../../functions/src/core/dedupe.ts';
import { isAlike } from '../../functions/src/core/difference.ts';
import { type IndexEntry, planIndex, textToEmbed } from '../../functions/src/core/index-plan.ts';
import type { MemoryRecord } from '../../functions/src/core/memory.ts';
import { latestMarks, sessionMark } from '../../functions/src/core/session-mark.ts';
import { statsDelta, statsShard } from '../../functions/src/core/stats.ts';
import type { Embedder } from '../../functions/src/search/embedder.ts';
import { embedder as usualEmbedder } from '../../functions/src/search/instance-embedder.ts';
import type { DocumentSnapshot } from '../../functions/src/storage/database.ts';
import { EmbeddingCache } from '../../functions/src/storage/embeddings.ts';
import { decodeEntry } from '../../functions/src/storage/entry-codec.ts';
import { decodeMemory } from '../../functions/src/storage/memory-codec.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import { TAG_PREFIX } from '../../functions/src/storage/writer.ts';

/** How strict the comparison is. */
export interface Strictness {
  /**
   * True: claims and markers of what is gone must be gone too, as they are where everything was done by hand. False:
   * revisions may need them. Default: false.
   */
  readonly exact?: boolean;
  readonly embedder?: Embedder;
}

/**
 * The differences, each with its kind and the document it concerns; empty iff all is well. Damaged and staged
 * memories count as none; a damaged one has a dead letter, and nobody else has.
 */
export async function differences(
  paths: SpacePaths,
  { exact = false, embedder = usualEmbedder }: Strictness = {},
): Promise<string[]> {
  const [memories, entries, shards, markers, claims, letters] = await Promise.all([
    paths.memories.get(),
    paths.index.get(),
    paths.stats.get(),
    paths.sessions.get(),
    paths.space.collection(COLLECTIONS.claims).get(),
    paths.deadLetters.get(),
  ]);
  const living = new Map<string, MemoryRecord>();
  const damaged = new Set<string>();
  for (const document of memories.docs) {
    const memory = read(document, paths);
    if (memory === 'damaged') damaged.add(document.id);
    else if (memory !== null) living.set(document.id, memory);
  }
  const wanted = await recomputed(living, embedder);
  return [
    ...held('entry', storedOf(entries.docs, decodeEntry), wanted),
    ...held('shard', storedOf(shards.docs, shardOf), shardsOf(wanted)),
    ...marked(markers.docs, wanted, exact),
    ...claimed(claims.docs, living, paths, exact),
    ...letters.docs.filter(({ id }) => !damaged.has(id)).map(({ id }) => `letter ${id}: left over`),
    ...[...damaged]
      .filter((id) => letters.docs.every((l) => l.id !== id))
      .map((id) => `letter ${id}: missing`),
  ];
}

function read(document: DocumentSnapshot, paths: SpacePaths): MemoryRecord | 'damaged' | null {
  try {
    return decodeMemory(document, paths)?.record ?? null;
  } catch {
    return 'damaged';
  }
}

/** The entries as the plan for a memory without an entry writes them. */
async function recomputed(living: ReadonlyMap<string, MemoryRecord>, embedder: Embedder) {
  const embeddings = new EmbeddingCache(embedder);
  await embeddings.prepare([...living.values()].map(({ memory }) => textToEmbed(memory)));
  const entries = new Map<string, IndexEntry>();
  for (const [id, record] of living) {
    const plan = planIndex(record, null, embeddings);
    assert.equal(plan.action, 'write');
    if (plan.action === 'write') entries.set(id, plan.entry);
  }
  return entries;
}

function storedOf<T>(documents: readonly DocumentSnapshot[], decode: (document: DocumentSnapshot) => T) {
  return new Map(documents.map((document) => [document.id, decode(document)]));
}

/** Compares by name; a shard that counts nothing may be there or not. */
function held(kind: string, stored: ReadonlyMap<string, unknown>, wanted: ReadonlyMap<string, unknown>) {
  const wrong: string[] = [];
  for (const id of new Set([...stored.keys(), ...wanted.keys()])) {
    const [is, should] = [stored.get(id) ?? NOTHING, wanted.get(id) ?? NOTHING];
    if (isAlike(is, should)) continue;
    if (should === NOTHING) wrong.push(`${kind} ${id}: left over`);
    else if (is === NOTHING) wrong.push(`${kind} ${id}: missing`);
    else wrong.push(`${kind} ${id}: differs in ${fieldsThatDiffer(is, should).join(', ')}`);
  }
  return wrong;
}

/** What neither is nor should be: a shard of nothing. */
const NOTHING = { count: 0, bytes: 0, byKind: {}, byTag: {} };

function fieldsThatDiffer(one: object, other: object): string[] {
  const [a, b] = [{ ...one } as Record<string, unknown>, { ...other } as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => !isAlike(a[name], b[name]))
    .map((name) =>
      typeof a[name] === 'number' ? `${name} (${String(a[name])} instead of ${String(b[name])})` : name,
    );
}

function shardOf(shard: DocumentSnapshot) {
  const counts = (map: unknown) =>
    Object.fromEntries(Object.entries((map ?? {}) as Record<string, number>).filter(([, n]) => n !== 0));
  const { count, bytes, byKind, byTag } = shard.data() ?? {};
  return { count, bytes, byKind: counts(byKind), byTag: counts(byTag) };
}

function shardsOf(entries: ReadonlyMap<string, IndexEntry>) {
  const byShard = Map.groupBy(entries, ([id]) => statsShard(id));
  return new Map(
    [...byShard].map(([shard, those]) => {
      const delta = statsDelta(
        [],
        those.map(([, { counted }]) => counted),
      );
      const byTag = Object.fromEntries([...delta.byTag].map(([tag, n]) => [TAG_PREFIX + tag, n]));
      return [shard, { ...delta, byKind: Object.fromEntries(delta.byKind), byTag }];
    }),
  );
}

/** A marker reaches the last turn of its session, at least. */
function marked(
  markers: readonly DocumentSnapshot[],
  entries: ReadonlyMap<string, IndexEntry>,
  exact: boolean,
): string[] {
  const wanted = latestMarks([...entries.values()].flatMap((entry) => sessionMark(entry, null)));
  const stored = storedOf(markers, (marker) => Number(marker.get('lastAt')));
  const low = [...wanted].filter(([session, lastAt]) => !((stored.get(session) ?? 0) >= lastAt));
  const left = exact ? [...stored.keys()].filter((session) => !wanted.has(session)) : [];
  return [
    ...low.map(([session]) => `marker ${session}: missing or too low`),
    ...left.map((session) => `marker ${session}: left over`),
  ];
}

/** Where there is no claim, nobody has the content. */
function claimed(
  claims: readonly DocumentSnapshot[],
  living: ReadonlyMap<string, MemoryRecord>,
  paths: SpacePaths,
  exact: boolean,
): string[] {
  const wanted = new Map([...living].map(([id, { memory }]) => [paths.claim(contentHash(memory)).id, id]));
  const stored = new Set(claims.map(({ id }) => id));
  const missing = [...wanted].filter(([claim]) => !stored.has(claim));
  const left = exact ? [...stored].filter((claim) => !wanted.has(claim)) : [];
  return [
    ...missing.map(([, id]) => `claim of ${id}: missing`),
    ...left.map((claim) => `claim ${claim}: left over`),
  ];
}
