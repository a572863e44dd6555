/**
 * Opaque cursors: where the next page begins, signed, and bound to the tenant, the space, the query and
 * its order, so that a cursor cannot be changed or carried over to another query. It is not encrypted: it tells the
 * place of a document in the order, and its id, to whoever may read the space anyway.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DEFAULTS } from '../config.ts';
import { ValidationError } from '../errors.ts';
import { digest } from './dedupe.ts';

/** The sort values and the id of the last document of a page. */
export type CursorPosition = readonly (string | number)[];

/** What a cursor is bound to: any JSON that names tenant, space, operation, filter and order. */
export interface CursorBinding {
  readonly query: unknown;
  /** The tenant's own secret, at least 32 bytes of base64url. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Bytes of the signature: 128 bits cannot be guessed within a cursor's life of a day. */
const SIGNATURE_BYTES = 16;

/** Makes the cursor for the page after `position`. */
export function sealCursor(position: CursorPosition, binding: CursorBinding): string {
  const body = Buffer.from(JSON.stringify([binding.now, position])).toString('base64url');
  return `${body}.${sign(body, binding)}`;
}

/**
 * Opens a cursor.
 * @throws ValidationError (`invalid-argument`, code `invalid_cursor`) if it was changed, belongs to another
 *   tenant, space or query, or is older than a day
 */
export function openCursor(cursor: string, binding: CursorBinding): CursorPosition {
  const [body = '', signature = '', ...rest] = cursor.split('.');
  // Compared as text: the last character of base64url has bits that decoding ignores.
  const given = Buffer.from(signature);
  const right = Buffer.from(sign(body, binding));
  if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) throw invalid();
  const [sealedAt, position] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [
    number,
    CursorPosition,
  ];
  if (binding.now - sealedAt > DEFAULTS.CURSOR_MS) throw invalid();
  return position;
}

function sign(body: string, binding: CursorBinding): string {
  const signed = createHmac('sha256', binding.secret)
    .update(`${digest(binding.query)}.${body}`)
    .digest();
  return signed.subarray(0, SIGNATURE_BYTES).toString('base64url');
}

function invalid(): ValidationError {
  return new ValidationError([{ path: 'cursor', code: 'invalid_cursor' }], 'invalid-cursor');
}
