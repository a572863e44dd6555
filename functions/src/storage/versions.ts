/** Optimistic concurrency: a change names the version that its caller saw. */
import { OperationError } from '../errors.ts';

/**
 * Refuses a change of a memory that has moved on.
 * @throws OperationError (`aborted`, reason `version-mismatch`)
 */
export function refuseOtherVersion(ifVersion: number | undefined, version: number): void {
  if (ifVersion === undefined || ifVersion === version) return;
  throw new OperationError('aborted', 'The memory has changed since you read it. Read it again.', {
    reason: 'version-mismatch',
    collection: 'memories',
  });
}
