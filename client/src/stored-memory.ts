/** Reads a stored memory document as what the wire contract calls a memory. */
import { Timestamp } from 'firebase/firestore';
import type { Json, Memory, MessageRole } from '../../functions/src/contract/types.ts';

/** Where a document lies: what a stored memory does not repeat in its fields. */
export interface MemoryPlace {
  readonly tenant: string;
  readonly space: string;
  readonly id: string;
}

/**
 * The memory in a document, or null if the document is not a valid one (somebody may have written half of
 * it by console). Fields that only the server needs are not carried over.
 */
export function memoryFromDocument(place: MemoryPlace, fields: unknown): Memory | null {
  if (!isMap(fields)) return null;
  const { kind, text, tags, metadata, importance, createdBy, version } = fields;
  const occurredAt = isoOf(fields.occurredAt);
  const createdAt = isoOf(fields.createdAt);
  const updatedAt = isoOf(fields.updatedAt);
  const expiresAt = fields.expiresAt === null ? null : isoOf(fields.expiresAt);
  const labels = labelsOf(fields);
  if (occurredAt === undefined || createdAt === undefined || updatedAt === undefined) return null;
  if (expiresAt === undefined || labels === null) return null;
  if (typeof kind !== 'string' || !KIND.test(kind)) return null;
  if (typeof text !== 'string' || text.trim() === '') return null;
  if (!Array.isArray(tags) || !tags.every(isString)) return null;
  if (!isJsonMap(metadata)) return null;
  if (typeof importance !== 'number' || !(importance >= 0 && importance <= 1)) return null;
  if (typeof createdBy !== 'string' || createdBy === '') return null;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) return null;
  return {
    id: place.id,
    tenant: place.tenant,
    space: place.space,
    kind,
    text,
    ...labels,
    tags,
    metadata,
    importance,
    occurredAt,
    createdAt,
    updatedAt,
    expiresAt,
    createdBy,
    version,
  };
}

const KIND = /^[a-z][a-z0-9_-]{0,31}$/;

type Labels = Pick<Memory, 'role' | 'sessionId' | 'agentId' | 'persona' | 'source'>;

/** The optional fields that are there, or null if one of them is not of its type. */
function labelsOf(fields: Record<string, unknown>): Labels | null {
  const labels: Labels = {};
  if (fields.role !== undefined) {
    if (!isRole(fields.role)) return null;
    labels.role = fields.role;
  }
  for (const name of ['sessionId', 'agentId', 'persona', 'source'] as const) {
    const value = fields[name];
    if (value === undefined) continue;
    if (!isString(value)) return null;
    labels[name] = value;
  }
  return labels;
}

function isRole(value: unknown): value is MessageRole {
  return value === 'user' || value === 'assistant' || value === 'system' || value === 'tool';
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** ISO 8601 UTC with milliseconds, or undefined if the value is not a time. */
function isoOf(value: unknown): string | undefined {
  return value instanceof Timestamp ? value.toDate().toISOString() : undefined;
}

/** True iff the value is a map of Firestore, as opposed to a time, reference, vector or other object. */
function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isJsonMap(value: unknown): value is { [key: string]: Json } {
  return isMap(value) && Object.values(value).every(isJson);
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return Array.isArray(value) ? value.every(isJson) : isJsonMap(value);
}
