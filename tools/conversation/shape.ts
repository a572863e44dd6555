/** Checks of parsed JSON. Each returns the value as the type it was found to be, or throws a `Flaw`. */
import { Buffer } from 'node:buffer';
import { LIMITS } from '../../functions/src/config.ts';
import { Flaw } from './conversation.ts';

/** Where a value is inside the JSON. */
export type Path = readonly (string | number)[];

/** What a JSON object holds. */
export type Fields = Readonly<Record<string, unknown>>;

/** Throws a `Flaw` unless the value is an object. */
export function asObject(path: Path, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Flaw(path, `should be an object, but is ${nameOf(value)}`);
}

/** Throws a `Flaw` unless the value is an array. */
export function asArray(path: Path, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Flaw(path, `should be an array, but is ${nameOf(value)}`);
}

/** Throws a `Flaw` unless the value is a string that says something. */
export function asText(path: Path, value: unknown): string {
  if (typeof value !== 'string') throw new Flaw(path, `should be a string, but is ${nameOf(value)}`);
  if (value.trim() === '') throw new Flaw(path, 'is empty');
  return value;
}

/** Throws a `Flaw` if a turn has more text than a memory can hold. */
export function asTurnText(path: Path, value: unknown): string {
  const text = asText(path, value);
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes <= LIMITS.MAX_TEXT_BYTES) return text;
  throw new Flaw(path, `has ${bytes} bytes; a memory holds at most ${LIMITS.MAX_TEXT_BYTES}`);
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : typeof value;
}
