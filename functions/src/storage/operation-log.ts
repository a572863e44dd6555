/** What is told of each storage operation: never a text, an id, metadata or a token. */
import * as logger from 'firebase-functions/logger';
import type { ErrorDetails, StorageError } from '../errors.ts';

/** One operation, once it has ended. */
export interface OperationRecord {
  /** Such as `memory.add`. */
  readonly operation: string;
  /** The first 12 characters of the tenant's digest: tells tenants apart without naming them. */
  readonly tenant: string;
  /** `ok`, or the code of the error. */
  readonly code: string;
  readonly latencyMs: number;
  /**
   * Documents that were read, as Firestore bills them (see `meter.ts`), and documents that were written, by
   * all tries together. Missing if the Admin SDK does not let itself be counted.
   */
  readonly reads?: number;
  readonly writes?: number;
}

/** Where operations and failures are told. */
export interface OperationLog {
  ended(record: OperationRecord): void;
  /** A failure that is not the caller's doing, with the cause that is never sent. */
  failed(record: ErrorDetails & { readonly code: string; readonly cause: string }): void;
}

/** Tells Cloud Logging, in structured entries. */
export const CLOUD_LOG: OperationLog = {
  ended: (record) => logger.debug('storage', record),
  failed: (record) => logger.error('storage failure', record),
};

/** The record of an error that has a cause, or null if it is the caller's own doing. */
export function failureRecord(error: StorageError): Parameters<OperationLog['failed']>[0] | null {
  if (error.cause === undefined) return null;
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : 'not an error';
  return { ...error.details, code: error.code, cause };
}
