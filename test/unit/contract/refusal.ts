/** What `parseRequest` says is wrong with a request. */
import assert from 'node:assert/strict';
import { parseRequest } from '../../../functions/src/contract/parse.ts';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { type Issue, ValidationError } from '../../../functions/src/errors.ts';
import { REQUESTS } from './requests.ts';

/** The issues of a request that must be refused, and only with a ValidationError. */
export function issuesOf(name: OperationName, request: unknown): readonly Issue[] {
  try {
    parseRequest(REQUESTS[name].schema, request);
  } catch (error) {
    assert.ok(error instanceof ValidationError, String(error));
    assert.equal(error.code, 'invalid-argument');
    assert.equal(error.details.reason, 'invalid-request');
    return error.details.issues ?? [];
  }
  return assert.fail(`not refused: ${JSON.stringify(request)?.slice(0, 200)}`);
}

/** The parsed request of one that must pass. */
export function accepted(name: OperationName, request: unknown): unknown {
  return parseRequest(REQUESTS[name].schema, request);
}
