/**
 * The gRPC statuses after which a commit is tried as a transaction: not-found, already-exists and
 * failed-precondition say that it presumed wrongly; after the others the SDK itself runs a transaction again.
 */
export const WORTH_A_TRANSACTION: ReadonlySet<number> = new Set([5, 6, 9, 1, 2, 4, 8, 10, 13, 14, 16]);
