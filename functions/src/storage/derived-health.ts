/** What the health of the service says of all that is derived. */
import { VERIFY } from '../config.ts';
import type { DerivedCheck } from '../contract/types.ts';
import { differenceCount } from '../core/difference.ts';
import { toIso } from '../core/memory.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';
import { isRecent, readLag, readVerification, type Verification } from './verification.ts';

/** The check, but for the time that it took. */
export type DerivedHealth = Omit<DerivedCheck, 'latencyMs'>;

class HealthReader extends BaseStorageManager {
  constructor(database: Firestore) {
    // The tenant is not read: a storage class has to be bound to one.
    super(database, 'health');
  }

  read(call: CallContext): Promise<DerivedHealth> {
    return this.run({ operation: 'system.health', collection: 'operations' }, call, async () => {
      const [last, lag] = await Promise.all([readVerification(this.database), readLag(this.database)]);
      const isLate = lag !== null && isRecent(lag, call.now) && lag.lagMs > VERIFY.EVENT_LAG_MS;
      return {
        status: (last === null || isFine(last, call.now)) && !isLate ? 'healthy' : 'degraded',
        lastVerification: last === null ? null : toWire(last),
        eventLag: lag === null ? null : { at: toIso(lag.at), lagMs: lag.lagMs },
      };
    });
  }
}

/**
 * Reads what the last run of the sample came to: `degraded` if it left something unmended, could not look at
 * everything that it was to, found events that were given up or owed for more than `VERIFY.VERIFICATION_LAG_MS`, or
 * is older than `VERIFY.STALE_MS`; or if an event was handled late just now, by more than `VERIFY.EVENT_LAG_MS`. Where
 * none has run yet, all is well.
 * @throws StorageError if the database fails
 */
export function derivedHealth(database: Firestore, call: CallContext): Promise<DerivedHealth> {
  return new HealthReader(database).read(call);
}

function isFine(last: Verification, now: number): boolean {
  const isSound = last.isWhole && last.failed === 0 && last.deadLetters === 0;
  const isMended = differenceCount(last) <= last.mended && last.lagMs <= VERIFY.VERIFICATION_LAG_MS;
  return isSound && isMended && now - last.at <= VERIFY.STALE_MS;
}

function toWire(last: Verification): NonNullable<DerivedCheck['lastVerification']> {
  const { at, memories, entries, differences, mended, lagMs, deadLetters } = last;
  return { at: toIso(at), looked: memories + entries, differences, mended, lagMs, deadLetters };
}
