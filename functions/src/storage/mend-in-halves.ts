/** One document that Firestore refuses keeps nobody else from being mended. */
import * as logger from 'firebase-functions/logger';
import { VERIFY } from '../config.ts';
import { digest } from '../core/dedupe.ts';
import { StorageError } from '../errors.ts';
import { isAboutTransaction, statusOf, translateError } from './translate-error.ts';
import type { StepEnd, Walk } from './walk.ts';

/** gRPC's INVALID_ARGUMENT and OUT_OF_RANGE; -1 is what the SDK itself refuses to send. */
const REFUSALS: ReadonlySet<number> = new Set([3, 11, -1]);

/**
 * Prepares a step and finishes it. Where its commit is refused for what is in it, half as much is tried, then half
 * of that; what is refused alone is left as it is, told as unmended, and named in the log by its digest.
 * @param prepare what mends so many memories at the most; none: what leaves the first as it is
 * @param finish runs the transaction
 * @throws whatever they throw for any other reason
 */
export async function inHalves<S, R>(
  { paths, signal }: Pick<Walk, 'paths' | 'signal'>,
  prepare: (most: number) => Promise<StepEnd<S>>,
  finish: (end: StepEnd<S>) => Promise<R>,
): Promise<R> {
  for (let most: number = VERIFY.MEND_CHUNK; ; ) {
    const end = await prepare(most);
    try {
      return await finish(end);
    } catch (error) {
      signal?.throwIfAborted();
      const ids = 'done' in end ? [] : (end.ids ?? []);
      const [first] = ids;
      if (first === undefined || !isRefused(error)) throw error;
      most = Math.floor(ids.length / 2);
      if (most > 0) continue;
      const { code, details } = translateError(error, { operation: 'memory.mend', collection: 'index' });
      const memory = digest([paths.tenantId, paths.spaceId, first]);
      logger.error('memory not mended', { ...details, code, memory });
    }
  }
}

/** True iff the same commit would be refused again. */
function isRefused(error: unknown): boolean {
  if (error instanceof StorageError || isAboutTransaction(error)) return false;
  return REFUSALS.has(statusOf(error));
}
