/**
 * Memories as they are stored: from a document to a checked `MemoryRecord` and back. A document that was
 * written by hand may lack what the service fills in; one that is wrong is refused, never guessed at.
 */
import type { DocumentData, DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { DEFAULTS } from '../config.ts';
import * as field from '../contract/primitives.ts';
import type { Memory } from '../contract/types.ts';
import { lifeFrom, type MemoryRecord, seqOf, toIso } from '../core/memory.ts';
import { OperationError } from '../errors.ts';
import { stagedMark } from './staged-mark.ts';

/** A decoded memory, and whether its document lacked fields that the service fills in. */
export interface DecodedMemory {
  readonly record: MemoryRecord;
  readonly complete: boolean;
}

/** Where a document was read: the tenant and space are in its path, not in its fields. */
export interface Place {
  readonly tenantId: string;
  readonly spaceId: string;
}

/** Who is named as the author of a memory that was written without one. */
const UNKNOWN_AUTHOR = 'system';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

const storedMemory = z.object({
  text: field.memoryText,
  kind: field.kind.optional(),
  role: field.role.optional(),
  sessionId: field.id.optional(),
  agentId: field.id.optional(),
  persona: field.label.optional(),
  source: field.label.optional(),
  tags: field.storedTags.optional(),
  metadata: field.metadata.optional(),
  importance: field.importance.optional(),
  occurredAt: stamp.optional(),
  createdAt: stamp.optional(),
  updatedAt: stamp.optional(),
  expiresAt: stamp.nullable().optional(),
  createdBy: z.string().optional(),
  version: field.version.optional(),
  seq: z.int().optional(),
  change: z.enum(['create', 'update', 'restore']).optional(),
  changedBy: z.string().optional(),
  firstVersion: field.version.optional(),
});

/** The fields without which a document cannot be ordered, counted or told apart by version. */
const FILLED_IN = [
  'kind',
  'tags',
  'metadata',
  'importance',
  'occurredAt',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'createdBy',
  'version',
  'seq',
  'change',
  'changedBy',
] as const;

/**
 * Reads a memory from its document, or returns null where there is none, or a staged one, which is none yet.
 * @throws OperationError (`data-loss`) if the document is not a memory
 */
export function decodeMemory(snapshot: DocumentSnapshot, place: Place): DecodedMemory | null {
  const data = snapshot.data();
  if (data === undefined || stagedMark(data) !== null) return null;
  const written = snapshot.createTime?.toMillis() ?? 0;
  return decodeData(snapshot.id, data, place, {
    created: written,
    updated: snapshot.updateTime?.toMillis() ?? written,
  });
}

/** Reads a memory from its fields; `times` fill in for those that a document written by hand lacks. */
export function decodeData(
  id: string,
  data: DocumentData,
  place: Place,
  times: { readonly created: number; readonly updated: number },
): DecodedMemory {
  const parsed = storedMemory.safeParse(data);
  if (!parsed.success || !field.isId(id)) throw damaged(parsed.error);
  const stored = parsed.data;
  const { role, sessionId, agentId, persona, source } = stored;
  const created = stored.createdAt?.toMillis() ?? times.created;
  const createdBy = stored.createdBy ?? UNKNOWN_AUTHOR;
  const memory: Memory = {
    id,
    tenant: place.tenantId,
    space: place.spaceId,
    kind: stored.kind ?? DEFAULTS.KIND,
    text: stored.text,
    ...(role !== undefined && { role }),
    ...(sessionId !== undefined && { sessionId }),
    ...(agentId !== undefined && { agentId }),
    ...(persona !== undefined && { persona }),
    ...(source !== undefined && { source }),
    tags: stored.tags ?? [],
    metadata: stored.metadata ?? {},
    importance: stored.importance ?? DEFAULTS.IMPORTANCE,
    occurredAt: toIso(stored.occurredAt?.toMillis() ?? created),
    createdAt: toIso(created),
    updatedAt: toIso(stored.updatedAt?.toMillis() ?? times.updated),
    expiresAt: stored.expiresAt ? toIso(stored.expiresAt.toMillis()) : null,
    createdBy,
    version: stored.version ?? 1,
  };
  return {
    record: {
      memory,
      seq: stored.seq ?? seqOf(created, 0),
      change: stored.change ?? 'create',
      changedBy: stored.changedBy ?? createdBy,
      ...lifeFrom(stored.firstVersion),
    },
    complete: FILLED_IN.every((name) => stored[name] !== undefined),
  };
}

/** The document of a memory. Tenant, space and id are left to its path. */
export function encodeMemory(record: MemoryRecord): DocumentData {
  const { id, tenant, space, ...memory } = record.memory;
  return {
    ...memory,
    occurredAt: toTimestamp(memory.occurredAt),
    createdAt: toTimestamp(memory.createdAt),
    updatedAt: toTimestamp(memory.updatedAt),
    expiresAt: memory.expiresAt === null ? null : toTimestamp(memory.expiresAt),
    seq: record.seq,
    change: record.change,
    changedBy: record.changedBy,
    ...lifeFrom(record.firstVersion),
  };
}

/** A time of the wire as Firestore stores it. */
export function toTimestamp(iso: string): Timestamp {
  return Timestamp.fromMillis(Date.parse(iso));
}

function damaged(cause: unknown): OperationError {
  return new OperationError(
    'data-loss',
    'A stored memory is damaged and cannot be read.',
    { reason: 'damaged-document', collection: 'memories' },
    cause,
  );
}
