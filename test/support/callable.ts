/** Calls callables by hand: with any body and any token, as a client that means harm would. */
import assert from 'node:assert/strict';
import type { OperationName } from '../../functions/src/contract/types.ts';
import { emulatorHost, PROJECT, REGION } from './emulators.ts';

/** What came back, byte for byte. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Milliseconds from the first byte sent to the last one received. */
  readonly ms: number;
}

/** An error as it is on the wire. */
export interface WireError {
  readonly status: string;
  readonly message: string;
  readonly details: {
    readonly reason: string;
    readonly operation: string;
    readonly retryable: boolean;
    readonly issues?: readonly { readonly path: string; readonly code: string }[];
    readonly collection?: string;
  };
}

/** Calls an operation with `{ data }`. An infinite number is sent as one that JSON can express: `1e999`. */
export function post(operation: OperationName, data: unknown, token?: string): Promise<Answer> {
  return postBody(operation, encode({ data }), token);
}

/** Calls an operation with a body that need not be sound. */
export async function postBody(operation: OperationName, body: string, token?: string): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const url = `http://${emulatorHost('FUNCTIONS_EMULATOR_HOST')}/${PROJECT}/${REGION}/${operation}`;
  const began = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body,
  });
  const text = await response.text();
  return { status: response.status, text, ms: performance.now() - began };
}

/** The result of a call that succeeded. */
export function resultOf(answer: Answer): unknown {
  assert.equal(answer.status, 200, answer.text);
  return (JSON.parse(answer.text) as { result: unknown }).result;
}

const DETAILS = ['collection', 'issues', 'operation', 'reason', 'retryable'];

/** The error of a call that failed, if it has exactly the shape that the contract gives to errors. */
export function errorOf(answer: Answer): WireError {
  const body = JSON.parse(answer.text) as { error: WireError };
  assert.deepEqual(Object.keys(body), ['error'], answer.text);
  const { error } = body;
  assert.deepEqual(Object.keys(error).sort(), ['details', 'message', 'status']);
  const { details, message } = error;
  assert.equal(typeof message, 'string');
  assert.deepEqual(
    Object.keys(details).filter((name) => !DETAILS.includes(name)),
    [],
  );
  assert.match(details.reason, /^[a-z][a-z-]+$/);
  assert.match(details.operation, /^[a-zA-Z]+\.[a-zA-Z]+$/);
  assert.equal(typeof details.retryable, 'boolean');
  if ('collection' in details) assert.match(details.collection, /^[a-z]+$/);
  return error;
}

/** A copy of a request in which the field at a path, such as `memories.0.text`, has another value. */
export function withField(request: object, path: string, value: unknown): object {
  const copy = structuredClone(request);
  const names = path.split('.');
  const last = names.pop() ?? '';
  let inner: Record<string, unknown> = copy as Record<string, unknown>;
  for (const name of names) inner = inner[name] as Record<string, unknown>;
  // Not an assignment, which would make `__proto__` the prototype instead of a key.
  Object.defineProperty(inner, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

const TOO_LARGE = 'a number too large for a double';

function encode(body: unknown): string {
  const text = JSON.stringify(body, (_key, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? TOO_LARGE : value,
  );
  return text.replaceAll(`"${TOO_LARGE}"`, '1e999');
}
