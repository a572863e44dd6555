/** From whatever Firestore throws to a `StorageError`: one table for every gRPC status. */
import type { CollectionKind } from '../config.ts';
import { ConnectionError, type ErrorDetails, OperationError, StorageError } from '../errors.ts';

/** What was being done when the error came. */
export interface ErrorScene {
  readonly operation: string;
  readonly collection: CollectionKind;
}

/**
 * Returns the error as a `StorageError` that keeps the original as its cause. An error that is one already
 * only gains the operation that it lacks.
 */
export function translateError(error: unknown, scene: ErrorScene): StorageError {
  if (error instanceof StorageError) {
    if (error.details.operation === undefined) {
      Object.assign(error, { details: { ...error.details, operation: scene.operation } });
    }
    return error;
  }
  const make = BY_STATUS[statusOf(error)] ?? internal('unexpected');
  return make(scene, error);
}

type Maker = (scene: ErrorScene, cause: unknown) => StorageError;

function connection(
  code: ConstructorParameters<typeof ConnectionError>[0],
  message: string,
  reason: string,
): Maker {
  return (scene, cause) => new ConnectionError(code, message, detailsOf(scene, reason), cause);
}

function operation(
  code: ConstructorParameters<typeof OperationError>[0],
  message: string,
  reason: string,
): Maker {
  return (scene, cause) => new OperationError(code, message, detailsOf(scene, reason), cause);
}

function internal(reason: string): Maker {
  return operation('internal', 'The operation failed inside the service.', reason);
}

function detailsOf(scene: ErrorScene, reason: string): ErrorDetails {
  return { reason, operation: scene.operation, collection: scene.collection };
}

const unavailable = connection('unavailable', 'The database cannot be reached. Try again.', 'unavailable');
const tooSlow = connection('deadline-exceeded', 'The database took too long. Try again.', 'deadline');

const contention = operation('aborted', 'Too many writers at once. Try again.', 'contention');

/**
 * Firestore answers INVALID_ARGUMENT to the use of a transaction that has expired or was closed meanwhile;
 * the SDK knows one wording of it and tries again, the others end here.
 */
export function isAboutTransaction(cause: unknown): boolean {
  return statusOf(cause) === 3 && cause instanceof Error && /transaction/i.test(cause.message);
}

/** By gRPC status number (grpc.io, status codes), as the Firestore client puts it into `code`. */
const BY_STATUS: Record<number, Maker> = {
  1: operation('cancelled', 'The call was cancelled.', 'cancelled'),
  2: internal('unknown'),
  // Requests are validated before they are sent, so a refused one is a defect of this service.
  3: (scene, cause) => (isAboutTransaction(cause) ? contention : internal('query-refused'))(scene, cause),
  4: tooSlow,
  5: operation('not-found', 'What the operation needs does not exist.', 'document-not-found'),
  6: operation('already-exists', 'It exists already.', 'document-exists'),
  7: internal('service-account-denied'),
  8: connection('resource-exhausted', 'The database is throttling. Try again later.', 'throttled'),
  9: operation('failed-precondition', 'The database lacks an index or is not set up.', 'not-set-up'),
  10: contention,
  11: internal('out-of-range'),
  12: internal('unimplemented'),
  13: internal('database-internal'),
  14: unavailable,
  15: operation('data-loss', 'Stored data is damaged.', 'data-loss'),
  16: internal('service-account-unauthenticated'),
};

/** The gRPC status number of an error; -1 if it has none. */
export function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('code' in error)) return -1;
  return typeof error.code === 'number' ? error.code : -1;
}
