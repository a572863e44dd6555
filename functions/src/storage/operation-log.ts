/** What is told of each storage operation: never a text, an id, metadata or a token. */
import * as logger from 'firebase-functions/logger';
import { digest } from '../core/dedupe.ts';
import { causeOf, type ErrorDetails, type StorageError } from '../errors.ts';

/** One operation, once it has ended. */
export interface OperationRecord {
  /** Such as `memory.add`. */
  readonly operation: string;
  /** See `tenantHash`. */
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

/** A failure that is not the caller's doing, with the cause that is never sent. */
export interface FailureRecord extends ErrorDetails {
  readonly code: string;
  /** See `tenantHash`. */
  readonly tenant: string;
  /** See `causeOf`. */
  readonly cause: string;
}

/** Where operations and failures are told. */
export interface OperationLog {
  ended(record: OperationRecord): void;
  failed(record: FailureRecord): void;
}

/** Tells Cloud Logging, in structured entries. */
export const CLOUD_LOG: OperationLog = {
  ended: (record) => logger.debug('storage', record),
  failed: (record) => logger.error('storage failure', record),
};

/** The first 12 characters of the tenant's digest: tells tenants apart without naming them. */
export function tenantHash(tenantId: string): string {
  return digest(tenantId).slice(0, 12);
}

/** The record of an error that has a cause, but for its tenant; null if it is the caller's own doing. */
export function failureRecord(error: StorageError): Omit<FailureRecord, 'tenant'> | null {
  if (error.cause === undefined) return null;
  return { ...error.details, code: error.code, cause: causeOf(error.cause) };
}
