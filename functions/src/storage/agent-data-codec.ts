/**
 * Records of agents as they are stored. The content is one string of JSON: Firestore stores no array in an
 * array and reserves field names such as `__x__`, and a string comes back exactly as it was.
 */
import type { DocumentData, DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { content, recordType } from '../contract/agent-data.ts';
import * as field from '../contract/primitives.ts';
import type { AgentRecord } from '../contract/types.ts';
import { toIso } from '../core/memory.ts';
import { OperationError } from '../errors.ts';
import { type Place, toTimestamp } from './memory-codec.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

const storedRecord = z.object({
  agentId: field.id,
  type: recordType,
  content: z.string().transform(parseJson).pipe(content),
  metadata: field.metadata,
  createdAt: stamp,
  expiresAt: stamp.nullable(),
  createdBy: z.string(),
});

/**
 * Reads a record from its document, or returns null where there is none.
 * @throws OperationError (`data-loss`) if the document is not a record
 */
export function decodeRecord(snapshot: DocumentSnapshot, place: Place): AgentRecord | null {
  const data = snapshot.data();
  if (data === undefined) return null;
  const parsed = storedRecord.safeParse(data);
  if (!parsed.success || !field.isId(snapshot.id)) throw damaged(parsed.error);
  const { createdAt, expiresAt, ...stored } = parsed.data;
  return {
    id: snapshot.id,
    tenant: place.tenantId,
    space: place.spaceId,
    ...stored,
    createdAt: toIso(createdAt.toMillis()),
    expiresAt: expiresAt === null ? null : toIso(expiresAt.toMillis()),
  };
}

/** The document of a record. Tenant, space and id are left to its path. */
export function encodeRecord(record: AgentRecord): DocumentData {
  const { id, tenant, space, ...stored } = record;
  return {
    ...stored,
    content: JSON.stringify(record.content),
    createdAt: toTimestamp(record.createdAt),
    expiresAt: record.expiresAt === null ? null : toTimestamp(record.expiresAt),
  };
}

/** True iff there is a record whose time is not over, sound or not: even a damaged one can be deleted. */
export function isStored(snapshot: DocumentSnapshot, now: number): boolean {
  if (!snapshot.exists) return false;
  const expiresAt: unknown = snapshot.get('expiresAt');
  return !(expiresAt instanceof Timestamp) || expiresAt.toMillis() > now;
}

function parseJson(text: string, context: z.core.$RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'invalid_json' });
    return z.NEVER;
  }
}

function damaged(cause: unknown): OperationError {
  return new OperationError(
    'data-loss',
    'A stored record is damaged and cannot be read.',
    { reason: 'damaged-document', collection: 'agentData' },
    cause,
  );
}
