/** The schema of what a queued command asks for. Its `input` is then checked by the operation's own schema. */
import * as z from 'zod';
import { ValidationError } from '../errors.ts';
import type { CommandOp } from './types.ts';

const OPS = ['memory.add', 'memory.update', 'memory.delete', 'session.append'] as const;

/** The operation of a command. */
export const commandOp = z.enum(OPS) satisfies z.ZodType<CommandOp>;

/** Keys that a command's path and id already say, so that its input must not. */
const ADDRESSED = ['tenant', 'space', 'key'] as const;

/**
 * The input as the JSON that a callable would have been sent: a document can hold more than that.
 * @throws ValidationError for anything but an object of JSON, and for a tenant, space or key in it
 */
export function commandInput(input: unknown): Readonly<Record<string, unknown>> {
  if (!isJsonObject(input)) throw new ValidationError([{ path: 'input', code: 'invalid_type' }]);
  const said = ADDRESSED.filter((key) => Object.hasOwn(input, key));
  if (said.length > 0) throw new ValidationError(said.map((path) => ({ path, code: 'unrecognized_keys' })));
  return input;
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return isJson(value) && typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** False for times, places, bytes, references and whatever else Firestore stores and JSON does not. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isJson);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson);
}
