/** What a memory was: reading its history, and bringing a version of it back. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import type { Memory, Revision } from '../contract/types.ts';
import type { Past } from '../core/add-plan.ts';
import { type CursorBinding, openCursor, sealCursor } from '../core/cursor.ts';
import { isExpired, type MemoryRecord, restoreMemory } from '../core/memory.ts';
import { memoryNotFound, OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import { isPast } from './keeping.ts';
import { decodeData, decodeMemory, toTimestamp } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import type { TransactionReads } from './transaction-reads.ts';
import { refuseOtherVersion } from './versions.ts';
import type { Decision } from './write-path.ts';

/** A revision as it is stored, its memory decoded. */
export interface StoredRevision {
  readonly revision: Revision;
  readonly record: MemoryRecord | null;
}

const storedRevision = z.object({
  version: z.int().min(1),
  change: z.enum(['create', 'update', 'delete', 'restore']),
  at: z.custom<Timestamp>((value) => value instanceof Timestamp),
  by: z.string(),
  memory: z.record(z.string(), z.unknown()).nullable(),
});

/**
 * Reads one page of the history of a memory, newest first. The memory as it is now is read before its
 * revisions, and only older ones are taken, so a change in between repeats nothing.
 * @throws OperationError (`not-found`) if there never was such a memory, it has expired, or it was deleted
 *   and the retention of the deletion is over
 */
export async function historyPage(
  paths: SpacePaths,
  request: { readonly id: string; readonly limit: number; readonly cursor: string | undefined },
  binding: CursorBinding,
  call: CallContext,
): Promise<{ revisions: Revision[]; nextCursor: string | null }> {
  const { id, limit } = request;
  const [position] = request.cursor === undefined ? [] : openCursor(request.cursor, binding);
  const current = decodeMemory(await paths.memory(id).get(), paths)?.record ?? null;
  if (current !== null && isExpired(current.memory, call.now)) throw memoryNotFound();
  call.signal?.throwIfAborted();
  const newest = current === null || position !== undefined ? [] : [toRevision(current)];
  const before = position ?? current?.memory.version;
  const ordered = paths.revisions(id).orderBy('version', 'desc');
  const older = before === undefined ? ordered : ordered.where('version', '<', before);
  const { docs } = await older.limit(limit + 1 - newest.length).get();
  let first = current?.firstVersion ?? 1;
  if (current === null) {
    const last = position === undefined ? docs[0] : (await ordered.limit(1).get()).docs[0];
    if (isPast(last?.get('expiresAt'), call.now)) throw memoryNotFound();
    first = firstVersionOf(last);
  }
  const own = docs.filter((document) => document.get('version') >= first);
  const found = [...newest, ...own.map((document) => decodeRevision(document, id, paths).revision)];
  if (found.length === 0 && position === undefined) throw memoryNotFound();
  const revisions = found.slice(0, limit);
  const last = revisions.at(-1);
  const more = found.length > limit && last !== undefined;
  return { revisions, nextCursor: more ? sealCursor([last.version], binding) : null };
}

/**
 * Reads a version of a memory as far as it can still be seen: null if that version is not there, has expired, or
 * belongs to a memory that has, or whose retention is over.
 * @throws OperationError (`data-loss`) if what is stored is damaged
 */
export async function readVersion(
  paths: SpacePaths,
  { id, version }: { readonly id: string; readonly version: number },
  { now }: Pick<CallContext, 'now'>,
): Promise<Memory | null> {
  const newest = paths.revisions(id).orderBy('version', 'desc').limit(1);
  const [living, wanted, { docs }] = await Promise.all([
    paths.memory(id).get(),
    paths.revision(id, version).get(),
    newest.get(),
  ]);
  const current = decodeMemory(living, paths)?.record ?? null;
  const isOver = current === null ? isPast(docs[0]?.get('expiresAt'), now) : isExpired(current.memory, now);
  const first = current === null ? firstVersionOf(docs[0]) : (current.firstVersion ?? 1);
  if (isOver || version < first) return null;
  if (current?.memory.version === version) return current.memory;
  const memory = wanted.exists ? decodeRevision(wanted, id, paths).revision.memory : null;
  return memory === null || isExpired(memory, now) ? null : memory;
}

/** Decides a restore: reads the memory, the wanted version and, of a deleted one, the end of the history. */
export async function decideRestore(
  reads: TransactionReads,
  paths: SpacePaths,
  request: { readonly id: string; readonly version: number; readonly ifVersion?: number },
  call: CallContext,
): Promise<Decision<Memory>> {
  const { id } = request;
  const [document, wanted] = await reads.documents([paths.memory(id), paths.revision(id, request.version)]);
  const before = document === undefined ? null : (decodeMemory(document, paths)?.record ?? null);
  const ending = before === null ? await lastRevision(reads, paths, id) : undefined;
  const last = before?.memory.version ?? versionOf(ending);
  if (
    last === 0 ||
    isPast(ending?.get('expiresAt'), call.now) ||
    (before !== null && isExpired(before.memory, call.now))
  )
    throw memoryNotFound();
  refuseOtherVersion(request.ifVersion, last);
  const first = before === null ? firstVersionOf(ending) : (before.firstVersion ?? 1);
  if (request.version < first) throw revisionNotFound();
  const past = request.version === before?.memory.version ? before : pastRecord(wanted, id, paths);
  if (isExpired(past.memory, call.now)) throw revisionNotFound();
  const after = restoreMemory(past, last, call);
  return { changes: [{ id, before, after }], answer: after.memory };
}

/**
 * The past of a memory that is gone. Once the retention of its deletion is over it is no history of what
 * comes after it. A query in a transaction holds up other writers of the same history, so it is asked only of
 * memories that are gone.
 */
export async function readPast(
  reads: TransactionReads,
  paths: SpacePaths,
  id: string,
  { now }: Pick<CallContext, 'now'>,
): Promise<Past> {
  const last = await lastRevision(reads, paths, id);
  const version = versionOf(last);
  const isOver = isPast(last?.get('expiresAt'), now);
  return { version, firstVersion: isOver ? version + 1 : firstVersionOf(last) };
}

/**
 * The revision that stands for an expired memory whose id is used again: like a deletion whose retention is
 * over, it brings the sweeper to all that is older. Nothing of the memory is kept.
 */
export function encodeLapse({ memory }: MemoryRecord) {
  const at = toTimestamp(memory.expiresAt ?? memory.updatedAt);
  return { version: memory.version, change: 'delete', at, by: NOBODY, memory: null, expiresAt: at };
}

/** Who ended a memory that expired. */
const NOBODY = 'system';

async function lastRevision(
  reads: TransactionReads,
  paths: SpacePaths,
  id: string,
): Promise<DocumentSnapshot | undefined> {
  const { docs } = await reads.query(paths.revisions(id).orderBy('version', 'desc').limit(1));
  return docs[0];
}

/** The first version of the life that a revision is of: a deletion says it itself. */
function firstVersionOf(revision: DocumentSnapshot | undefined): number {
  const said: unknown = revision?.get('firstVersion') ?? revision?.get('memory.firstVersion');
  return typeof said === 'number' ? said : 1;
}

function versionOf(revision: DocumentSnapshot | undefined): number {
  const version: unknown = revision?.get('version');
  return typeof version === 'number' ? version : 0;
}

/** The text that a restore will most likely have to embed. */
export async function foreseeRestore(
  paths: SpacePaths,
  request: { readonly id: string; readonly version: number },
): Promise<string[]> {
  const document = await paths.revision(request.id, request.version).get();
  const text: unknown = document.get('memory.text');
  return typeof text === 'string' ? [text] : [];
}

function pastRecord(document: DocumentSnapshot | undefined, id: string, paths: SpacePaths): MemoryRecord {
  const record = document?.exists === true ? decodeRevision(document, id, paths).record : null;
  if (record === null) throw revisionNotFound();
  return record;
}

/**
 * Reads a stored revision.
 * @throws OperationError (`data-loss`) if the document is not one
 */
export function decodeRevision(document: DocumentSnapshot, id: string, paths: SpacePaths): StoredRevision {
  const parsed = storedRevision.safeParse(document.data());
  if (!parsed.success) throw damaged(parsed.error);
  const { version, change, by, memory } = parsed.data;
  const at = parsed.data.at.toDate().toISOString();
  if (memory === null) return { revision: { version, change, at, by, memory }, record: null };
  const written = parsed.data.at.toMillis();
  const { record } = decodeData(id, memory, paths, { created: written, updated: written });
  return { revision: { version, change, at, by, memory: record.memory }, record };
}

function toRevision({ memory, change, changedBy }: MemoryRecord): Revision {
  return { version: memory.version, change, at: memory.updatedAt, by: changedBy, memory };
}

function revisionNotFound(): OperationError {
  return new OperationError('not-found', 'There is no such version of the memory.', {
    reason: 'revision-not-found',
    collection: 'revisions',
  });
}

function damaged(cause: unknown): OperationError {
  return new OperationError(
    'data-loss',
    'A stored revision is damaged and cannot be read.',
    { reason: 'damaged-document', collection: 'revisions' },
    cause,
  );
}
