/** The fields that a filter may name, the values that each can be compared with, and how to read them. */
import { LIMITS } from '../config.ts';
import type { FilterValue, Memory } from '../contract/types.ts';

/** How the values of a field behave in a filter. */
export interface FieldType {
  /** True iff the operators `gt`, `gte`, `lt`, `lte` make sense. */
  readonly ordered: boolean;
  /** True iff `contains` makes sense. */
  readonly containing: boolean;
  /** True iff the value can be compared with the field. */
  accepts(this: void, value: unknown): value is FilterValue;
  /** The value in the form in which the field is stored. */
  store(this: void, value: FilterValue): FilterValue;
}

const asIs = (value: FilterValue) => value;
const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed();

const TEXT: FieldType = { ordered: false, containing: true, accepts: isText, store: asIs };
const OPTIONAL_TEXT: FieldType = {
  ...TEXT,
  accepts: (value): value is FilterValue => value === null || isText(value),
};
const LIST: FieldType = { ...TEXT };
const NUMBER: FieldType = {
  ordered: true,
  containing: false,
  accepts: (value): value is FilterValue => typeof value === 'number' && Number.isFinite(value),
  store: asIs,
};
const TIME: FieldType = {
  ordered: true,
  containing: false,
  accepts: (value): value is FilterValue =>
    typeof value === 'string' &&
    ISO_UTC.test(value) &&
    Date.parse(value) >= FIRST_TIME &&
    isOnCalendar(value),
  store: (value) => (typeof value === 'string' ? new Date(value).toISOString() : value),
};
const OPTIONAL_TIME: FieldType = {
  ...TIME,
  accepts: (value): value is FilterValue => value === null || TIME.accepts(value),
};
const ANY: FieldType = {
  ordered: true,
  containing: true,
  accepts: (value): value is FilterValue =>
    value === null || typeof value === 'boolean' || isText(value) || NUMBER.accepts(value),
  store: asIs,
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

const FIELDS = new Map<string, FieldType>([
  ['id', TEXT],
  ['kind', TEXT],
  ['text', TEXT],
  ['createdBy', TEXT],
  ['role', OPTIONAL_TEXT],
  ['sessionId', OPTIONAL_TEXT],
  ['agentId', OPTIONAL_TEXT],
  ['persona', OPTIONAL_TEXT],
  ['source', OPTIONAL_TEXT],
  ['tags', LIST],
  ['importance', NUMBER],
  ['version', NUMBER],
  ['occurredAt', TIME],
  ['createdAt', TIME],
  ['updatedAt', TIME],
  ['expiresAt', OPTIONAL_TIME],
]);

/** `metadata.city`, `metadata.address.city`: as many keys as metadata has levels. */
const METADATA_PREFIX = 'metadata.';

/** The type of a field, or null if there is no such field. */
export function fieldType(field: string): FieldType | null {
  if (!field.startsWith(METADATA_PREFIX)) return FIELDS.get(field) ?? null;
  const keys = field.slice(METADATA_PREFIX.length).split('.');
  const sound = keys.every((key) => key !== '' && !key.startsWith('__'));
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
