/** What a refused call is expected to say. */
import assert from 'node:assert/strict';
import { StorageError } from '../../functions/src/errors.ts';

/** A check for `assert.rejects`: the error is a `StorageError` with this code and this reason. */
export function failsWith(code: string, reason: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof StorageError, String(error));
    assert.deepEqual([error.code, error.details.reason], [code, reason]);
    return true;
  };
}
