/** The fields that a filter may name, the values that each can be compared with, and how to read them. */
import { LIMITS } from '../config.ts';
import type { FilterValue, Memory } from '../contract/types.ts';

/** A value of a filter in the form in which its field is stored, or the code of what is wrong with it. */
export type Reading = { readonly value: FilterValue } | { readonly code: string };

/** How the values of a field behave in a filter. */
export interface FieldType {
  /** True iff the operators `gt`, `gte`, `lt`, `lte` make sense. */
  readonly ordered: boolean;
  /** True iff `contains` makes sense. */
  readonly containing: boolean;
  /** Reads a value that the field is compared with: at the most as long as the field itself can be. */
  read(this: void, value: unknown): Reading;
}

const refuse = (code: string): Reading => ({ code });

/** Texts of at most this many bytes of UTF-8: a longer one equals nothing, and is no use to send anywhere. */
function texts(maxBytes: number): FieldType {
  return {
    ordered: false,
    containing: true,
    read: (value) => {
      if (typeof value !== 'string' || !value.isWellFormed()) return refuse('invalid_type');
      return Buffer.byteLength(value) > maxBytes ? refuse('too_big') : { value };
    },
  };
}

/** The same type, for a field that may be absent. */
function optional(type: FieldType): FieldType {
  return { ...type, read: (value) => (value === null ? { value } : type.read(value)) };
}

/** Bytes of the longest UTF-8 of one UTF-16 unit, in which some limits are counted. */
const UNIT_BYTES = 3;

const ID = texts(LIMITS.MAX_ID_LENGTH);
const LABEL = optional(texts(LIMITS.MAX_LABEL_LENGTH * UNIT_BYTES));
const NUMBER: FieldType = {
  ordered: true,
  containing: false,
  read: (value) => (typeof value === 'number' && Number.isFinite(value) ? { value } : refuse('invalid_type')),
};
const TIME: FieldType = {
  ordered: true,
  containing: false,
  read: (value) => {
    if (typeof value !== 'string' || !ISO_UTC.test(value)) return refuse('invalid_type');
    if (!(Date.parse(value) >= FIRST_TIME) || !isOnCalendar(value)) return refuse('invalid_type');
    // Memories have times in milliseconds. A bound between two of them would be moved to one of them.
    if (FINER.test(value)) return refuse('too_precise');
    return { value: new Date(value).toISOString() };
  },
};
const METADATA_TEXT = texts(LIMITS.MAX_METADATA_BYTES);
const ANY: FieldType = {
  ordered: true,
  containing: true,
  read: (value) => {
    if (value === null || typeof value === 'boolean') return { value };
    return typeof value === 'number' ? NUMBER.read(value) : METADATA_TEXT.read(value);
  },
};

/** False for what JavaScript would read as another day: `2024-02-30`, or the hour 24. */
function isOnCalendar(time: string): boolean {
  return new Date(time).toISOString().startsWith(time.slice(0, MINUTES_LENGTH));
}

/** Characters of a time down to its minutes. */
const MINUTES_LENGTH = 16;

/** Firestore's first timestamp; the last one is beyond what four digits of a year can say. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');

const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/;

/** Anything but zeros beyond the milliseconds. */
const FINER = /\.\d{3}\d*[1-9]\d*Z$/;

const FIELDS = new Map<string, FieldType>([
  ['id', ID],
  ['kind', ID],
  ['text', texts(LIMITS.MAX_TEXT_BYTES)],
  ['createdBy', ID],
  ['role', optional(ID)],
  ['sessionId', optional(ID)],
  ['agentId', optional(ID)],
  ['persona', LABEL],
  ['source', LABEL],
  ['tags', texts(LIMITS.MAX_TAG_LENGTH * UNIT_BYTES)],
  ['importance', NUMBER],
  ['version', NUMBER],
  ['occurredAt', TIME],
  ['createdAt', TIME],
  ['updatedAt', TIME],
  ['expiresAt', optional(TIME)],
]);

/** `metadata.city`, `metadata.address.city`: as many keys as metadata has levels. */
const METADATA_PREFIX = 'metadata.';

/** The type of a field, or null if there is no such field. */
export function fieldType(field: string): FieldType | null {
  if (!field.startsWith(METADATA_PREFIX)) return FIELDS.get(field) ?? null;
  const keys = field.slice(METADATA_PREFIX.length).split('.');
  const sound = keys.every(
    (key) => key !== '' && !key.startsWith('__') && Buffer.byteLength(key) <= LIMITS.MAX_METADATA_KEY_BYTES,
  );
  return sound && keys.length <= LIMITS.MAX_METADATA_DEPTH ? ANY : null;
}

/** The value of a field that `fieldType` knows; undefined where the memory has none. */
export function fieldValue(memory: Memory, field: string): unknown {
  if (!field.startsWith(METADATA_PREFIX)) return memory[field as keyof Memory];
  let value: unknown = memory.metadata;
  for (const key of field.slice(METADATA_PREFIX.length).split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
