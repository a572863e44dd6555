/**
 * Looks at a request body before firebase-functions decodes it. Decoding turns a `__proto__` key into a
 * prototype, and answers 500 and logs the payload for an unknown `@type` or a very deep body.
 */
import { LIMITS } from '../config.ts';
import { ValidationError } from '../errors.ts';

/** Keys that could reach a prototype somewhere. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** The wrappers in which client SDKs send 64-bit integers; what they hold is a decimal number. */
const INTEGER_TYPES = new Set([
  'type.googleapis.com/google.protobuf.Int64Value',
  'type.googleapis.com/google.protobuf.UInt64Value',
]);

/**
 * Returns what is wrong with a parsed body of `bytes` bytes, or null if it is safe to decode. Walks without
 * recursion, so the depth of a body cannot exhaust the stack.
 */
export function inspectBody(body: unknown, bytes: number): ValidationError | null {
  if (bytes > LIMITS.MAX_BODY_BYTES) return refusal('too_big');
  if (!isObject(body) || !Object.hasOwn(body, 'data')) return refusal('missing_data');
  if (Object.keys(body).length > 1) return refusal('unrecognized_keys');
  let level: unknown[] = [body.data];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > LIMITS.MAX_BODY_DEPTH) return refusal('too_deep');
    const next: unknown[] = [];
    for (const value of level) {
      const code = flaw(value);
      if (code !== null) return refusal(code);
      if (isObject(value)) for (const inner of Object.values(value)) next.push(inner);
    }
    level = next;
  }
  return null;
}

function flaw(value: unknown): string | null {
  if (!isObject(value)) return null;
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key)) return 'forbidden_key';
  }
  if (!Object.hasOwn(value, '@type') || !value['@type']) return null;
  const isInteger = typeof value['@type'] === 'string' && INTEGER_TYPES.has(value['@type']);
  return isInteger && isDecimal(value.value) ? null : 'unknown_type';
}

/** Of anything but a string or a number not even the string form is safe to ask for. */
function isDecimal(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && /^-?\d{1,20}$/.test(String(value));
}

/** Arrays count too: their elements are their values. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function refusal(code: string): ValidationError {
  return new ValidationError([{ path: '', code }], 'invalid-body');
}
