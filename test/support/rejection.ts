/** What the client rejects with, to be looked at. */
import assert from 'node:assert/strict';
import { FirememoryError } from '../../client/src/index.ts';

/** The error of a call that must fail. Throws if it succeeds or fails with anything else. */
export async function rejection(call: Promise<unknown>): Promise<FirememoryError> {
  const outcome: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof FirememoryError, `expected a refusal, but got ${String(outcome)}`);
  return outcome;
}
