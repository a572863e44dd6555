/**
 * What may be sent to a callable. The Functions SDK turns `undefined` into `null`, which the service
 * refuses, and loses or trips over a few other values; here they are left out or refused by name.
 */
import { invalidRequest } from './errors.ts';

/** Levels of nesting, the service's own limit; it also ends the walk through a value that holds itself. */
const MAX_DEPTH = 32;

/** Keys that the callable protocol cannot carry: one names a type of its own, one replaces a prototype. */
const UNSENDABLE_KEYS: ReadonlySet<string> = new Set(['@type', '__proto__']);

/** An id as the service takes it: exactly one segment of a Firestore path. */
const ID = /^(?!__.*__$)[A-Za-z0-9_-]{1,128}$/;

/** Returns the id. Throws `invalid-argument` if it is not one, before it becomes part of a path. */
export function checkedId(operation: string, path: string, value: unknown): string {
  if (typeof value !== 'string' || !ID.test(value)) throw invalidRequest(operation, path, 'invalid_id');
  return value;
}

/**
 * A copy of a request without what is `undefined`; a `Date` becomes its ISO form. Throws
 * `invalid-argument` for what JSON cannot express (a function, NaN, a Map) and for what would be lost.
 */
export function wireValue(operation: string, value: unknown, path: readonly string[] = []): unknown {
  const refuse = (code: string) => invalidRequest(operation, path.join('.'), code);
  if (path.length > MAX_DEPTH) throw invalidRequest(operation, path[0] ?? '', 'too_deep');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse('not_finite');
    return value;
  }
  if (typeof value !== 'object') throw refuse('invalid_type');
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refuse('invalid_format');
    return value.toISOString();
  }
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => wireValue(operation, item, [...path, String(index)]));
  }
  if (!isPlainObject(value)) throw refuse('invalid_type');
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(
    fields.map(([key, field]) => {
      const inner = [...path, key];
      if (UNSENDABLE_KEYS.has(key)) throw invalidRequest(operation, inner.join('.'), 'invalid_key');
      return [key, wireValue(operation, field, inner)];
    }),
  );
}

/** True iff the prototype is that of object literals, of this or another realm, or null. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
