/**
 * The same shape by hand: what a programmer with the Admin SDK would write who knows exactly which documents
 * there are. All reads are one `getAll`, all writes are the documents that the operation left, byte for byte
 * but for their ids; nothing is checked, decided or decoded.
 */
import { SEARCH } from '../../functions/src/config.ts';
import { queryVector } from '../../functions/src/core/joined-vector.ts';
import { statsShard } from '../../functions/src/core/stats.ts';
import { tokenize } from '../../functions/src/core/tokens.ts';
import { FieldPath, FieldValue } from '../../functions/src/storage/database.ts';
import { CANDIDATE_FIELDS } from '../../functions/src/storage/entry-codec.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import type { Footprint } from './footprint.ts';
import type { Scene } from './scene.ts';

type DocumentReference = ReturnType<SpacePaths['memory']>;
type DocumentData = Record<string, unknown>;

/** The documents that an add and an update of one memory leave. */
export interface Left {
  readonly memory: DocumentData;
  readonly entry: DocumentData;
  readonly claim: DocumentData;
  readonly revision: DocumentData;
  readonly deletion: DocumentData;
}

type Write = readonly [DocumentReference, DocumentData | 'delete'];

/** Memory, revision, entry, counters. */
const UPDATE_WRITES = 4;

const COUNTS = {
  count: FieldValue.increment(1),
  bytes: FieldValue.increment(100),
  byKind: { fact: FieldValue.increment(1) },
};

/** Does what `plan` says in one transaction. */
export async function bareTransaction(
  { database }: Scene,
  reads: readonly DocumentReference[],
  writes: readonly Write[],
): Promise<void> {
  await database.runTransaction(async (transaction) => {
    await transaction.getAll(...reads);
    for (const [document, data] of writes) {
      if (data === 'delete') transaction.delete(document);
      else transaction.set(document, data, { merge: document.parent.id === 'stats' });
    }
  });
}

/** Reads a memory and writes it, in one transaction: the least that a change by reading takes. */
export function bareRewrite(scene: Scene, id: string, { memory }: Left): Promise<void> {
  const document = scene.paths.memory(id);
  return bareTransaction(scene, [document], [[document, memory]]);
}

/** Adds memories by one commit that reads nothing and fails if one of them is there. */
export async function bareAdd({ database, name }: Scene, paths: SpacePaths, count: number, left: Left) {
  const ids = Array.from({ length: count }, () => name());
  const batch = database.batch();
  for (const id of ids) {
    batch.create(paths.memory(id), left.memory).create(paths.entry(id), left.entry);
    batch.create(paths.claim(`bare${id}`), left.claim);
  }
  for (const [shard, counts] of counters(paths, ids)) batch.set(shard, counts, { merge: true });
  await batch.commit();
}

/** Appends a turn: its content may have been claimed before, and its session is marked. */
export async function bareAppend({ database, paths, name }: Scene, left: Left) {
  const id = name();
  const turn = { kind: 'message', sessionId: 'session' };
  const batch = database.batch();
  batch.create(paths.memory(id), { ...left.memory, ...turn, role: 'user' });
  batch.create(paths.entry(id), { ...left.entry, ...turn });
  batch.set(paths.claim(`bare${id}`), left.claim);
  batch.set(paths.session('session'), { lastAt: FieldValue.maximum(Date.now()) }, { merge: true });
  for (const [shard, counts] of counters(paths, [id])) batch.set(shard, counts, { merge: true });
  await batch.commit();
}

/** Changes a memory: as many documents are read as the operation reads, of the kinds that it reads. */
export function bareUpdate(scene: Scene, id: string, { reads, writes }: Footprint, left: Left) {
  const { paths } = scene;
  // With the content changes the claim to it.
  const claims = writes > UPDATE_WRITES ? [paths.claim(`bare${id}`)] : [];
  const others = Array.from({ length: Math.max(0, reads - 2) }, () => paths.memory(scene.look()));
  return bareTransaction(
    scene,
    [paths.memory(id), paths.entry(id), ...new Map(others.map((other) => [other.path, other])).values()],
    [
      [paths.revision(id, 1), left.revision],
      [paths.memory(id), left.memory],
      [paths.entry(id), left.entry],
      ...claims.map((claim): Write => [claim, left.claim]),
      ...counters(paths, [id]),
    ],
  );
}

/** The same without a transaction, on the condition that memory and entry are still as they were read. */
export async function bareUnlockedUpdate({ database, paths }: Scene, id: string, left: Left) {
  const [memory, entry] = await database.getAll(paths.memory(id), paths.entry(id));
  const batch = database.batch();
  for (const [read, data] of [
    [memory, left.memory],
    [entry, left.entry],
  ] as const) {
    if (read?.updateTime !== undefined) batch.update(read.ref, data, { lastUpdateTime: read.updateTime });
  }
  batch.create(paths.revision(id, 1), left.revision).set(paths.claim(`bare${id}`), left.claim);
  for (const [shard, counts] of counters(paths, [id])) batch.set(shard, counts, { merge: true });
  await batch.commit();
}

/** Deletes a memory and keeps two revisions. */
export function bareDelete(scene: Scene, id: string, left: Left) {
  const { paths } = scene;
  return bareTransaction(
    scene,
    [paths.memory(id), paths.entry(id)],
    [
      [paths.revision(id, 1), left.revision],
      [paths.memory(id), 'delete'],
      [paths.revision(id, 2), left.deletion],
      [paths.entry(id), 'delete'],
      ...counters(paths, [id]),
    ],
  );
}

/** The newest memories: one more than the page, as a list reads it to know of a next page. */
export async function bareQuery({ paths }: Scene, limit: number): Promise<DocumentData[]> {
  const ordered = paths.memories.orderBy('createdAt', 'desc').orderBy(FieldPath.documentId(), 'desc');
  const page = await ordered.limit(limit + 1).get();
  return page.docs.map((document) => document.data());
}

/** The nearest entries of a text, with the limit and the projection of a search. */
export async function bareNearest({ paths }: Scene, text: string, semantic: readonly number[]) {
  const vector = queryVector(new Map(tokenize(text).map((term) => [term, 1])), semantic, 'hybrid');
  const page = await paths.index
    .select(...CANDIDATE_FIELDS)
    .findNearest({
      vectorField: 'vector',
      queryVector: vector ?? [],
      limit: SEARCH.NEAREST,
      distanceMeasure: 'DOT_PRODUCT',
    })
    .get();
  return page.docs.map((entry) => entry.data());
}

function counters(paths: SpacePaths, ids: readonly string[]) {
  return [...new Set(ids.map(statsShard))].map((shard) => [paths.stats.doc(shard), COUNTS] as const);
}
