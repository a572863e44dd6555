/** How a request that is not valid is to be refused: by path and code, unechoed, quickly, without a trace. */
import assert from 'node:assert/strict';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { type Answer, errorOf, post } from '../../support/callable.ts';

/** One thing wrong with a request. */
export interface Issue {
  readonly path: string;
  readonly code: string;
}

/** Milliseconds in which a warm function refuses an invalid request. */
const PROMPT_MS = 50;

/** Calls of which the median counts: the machine does other things too. */
const TIMED_CALLS = 5;

/** Checks that the answer refuses the request for exactly these issues. */
export function assertRefused(operation: OperationName, answer: Answer, issues: readonly Issue[]): void {
  assert.equal(answer.status, 400, answer.text);
  const { status, details } = errorOf(answer);
  assert.equal(status, 'INVALID_ARGUMENT');
  assert.deepEqual(byPath(details.issues ?? []), byPath(issues));
  assert.equal(details.operation, operation.replace('-', '.'));
  assert.equal(details.retryable, false);
}

/** Names like those of the contract may come back in a path: they say where something is wrong. */
const PLAIN_NAME = /^[\w.-]{1,80}$/;

/** Checks that none of the texts in a value, and none of its odd keys, comes back in the answer. */
export function assertNotEchoed(answer: Answer, value: unknown): void {
  for (const text of textsIn(value)) {
    // Shorter ones are part of words that any answer has.
    if (text.length > 3) assert.ok(!answer.text.includes(text), 'a value of the request is in the answer');
  }
}

/** Checks that a request is refused in time, by the median of several warm calls. */
export async function assertPrompt(operation: OperationName, data: unknown, token: string): Promise<void> {
  const times: number[] = [];
  for (let call = 0; call < TIMED_CALLS; call += 1) times.push((await post(operation, data, token)).ms);
  const median = times.sort((a, b) => a - b)[Math.floor(TIMED_CALLS / 2)] ?? Number.NaN;
  assert.ok(median < PROMPT_MS, `${TIMED_CALLS} calls took ${times.map(Math.round).join(', ')} ms`);
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const oddKeys = Object.keys(value).filter((key) => !PLAIN_NAME.test(key));
  return [...oddKeys, ...Object.values(value).flatMap(textsIn)];
}

function byPath(issues: readonly Issue[]): Issue[] {
  return issues
    .map(({ path, code }) => ({ path, code }))
    .sort((a, b) => (a.path + a.code < b.path + b.code ? -1 : 1));
}
