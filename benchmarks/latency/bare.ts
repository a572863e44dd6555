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

/** Adds memories: the query for twins, the claims and the entries are read; 16 counters at the most. */
export function bareAdd(scene: Scene, paths: SpacePaths, count: number, left: Left, shards?: number) {
  const ids = Array.from({ length: count }, () => scene.name());
  const claims = ids.map((id) => paths.claim(`bare${id}`));
  const queries = Array.from({ length: Math.ceil(count / 30) }, () => paths.memory(scene.name()));
  return bareTransaction(
    scene,
    [...queries, ...claims, ...ids.map(paths.entry)],
    [
      ...ids.map((id): Write => [paths.memory(id), left.memory]),
      ...ids.map((id): Write => [paths.entry(id), left.entry]),
      ...counters(paths, ids).slice(0, shards),
      ...claims.map((claim): Write => [claim, left.claim]),
    ],
  );
}

/** Appends a turn: nothing is claimed. */
export function bareAppend(scene: Scene, left: Left) {
  const { paths } = scene;
  const id = scene.name();
  const memory = { ...left.memory, kind: 'message', role: 'user', sessionId: 'session' };
  return bareTransaction(
    scene,
    [paths.entry(id)],
    [
      [paths.memory(id), memory],
      [paths.entry(id), { ...left.entry, kind: 'message', sessionId: 'session' }],
      ...counters(paths, [id]),
    ],
  );
}

/** Changes a memory: as many documents are read as the operation reads, of the kinds that it reads. */
export function bareUpdate(scene: Scene, id: string, reads: number, left: Left) {
  const { paths } = scene;
  const others = Array.from({ length: Math.max(0, reads - 2) }, () => paths.memory(scene.look()));
  return bareTransaction(
    scene,
    [paths.memory(id), paths.entry(id), ...new Map(others.map((other) => [other.path, other])).values()],
    [
      [paths.revision(id, 1), left.revision],
      [paths.memory(id), left.memory],
      [paths.entry(id), left.entry],
      ...counters(paths, [id]),
    ],
  );
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

function counters(paths: SpacePaths, ids: readonly string[]): Write[] {
  return [...new Set(ids.map(statsShard))].map((shard) => [paths.stats.doc(shard), COUNTS]);
}
