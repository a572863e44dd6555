/** From any error to the one that a callable answers with. Only here does an error meet the wire. */
import * as logger from 'firebase-functions/logger';
import { HttpsError } from 'firebase-functions/v2/https';
import { causeOf, StorageError } from '../errors.ts';

/**
 * Returns the error as the wire shows it: code, message, and `{ reason, issues?, operation?, collection?,
 * retryable }`. What was not foreseen becomes `internal`, and is told to the log alone.
 */
export function toHttpsError(error: unknown, operation: string): HttpsError {
  if (error instanceof StorageError) {
    const { code, message, details, retryable } = error;
    return new HttpsError(code, message, { ...details, operation, retryable });
  }
  logger.error('unforeseen failure', { operation, error: causeOf(error) });
  const message = 'The operation failed inside the service.';
  return new HttpsError('internal', message, { operation, reason: 'unexpected', retryable: false });
}
