/** The smallest read that shows that the database answers. */
import { COLLECTIONS, DEFAULTS } from '../config.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';

class Pinger extends BaseStorageManager {
  constructor(database: Firestore) {
    // The tenant is not read: a storage class has to be bound to one.
    super(database, 'ping');
  }

  ping(call: CallContext): Promise<void> {
    const limited = { ...call, deadline: Date.now() + DEFAULTS.HEALTH_MS };
    return this.run({ operation: 'system.health', collection: 'tenants' }, limited, async () => {
      await this.database.collection(COLLECTIONS.tenants).limit(1).select().get();
    });
  }
}

/**
 * Reads at most one document id.
 * @throws StorageError if the database does not answer within `DEFAULTS.HEALTH_MS`
 */
export function ping(database: Firestore, call: CallContext): Promise<void> {
  return new Pinger(database).ping(call);
}
