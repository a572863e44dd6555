/** A database of its own for each test of the sweeper, which looks at all tenants of a database. */
import { COLLECTIONS } from '../../functions/src/config.ts';
import type { CallContext } from '../../functions/src/storage/base-storage-manager.ts';
import type { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import { type SweepReport, type SweepRequest, sweepExpired } from '../../functions/src/storage/sweep.ts';
import { callBy, freshId, openManager, spaceOf, testDatabase } from './storage.ts';

/** Milliseconds after which all that the tests let expire has expired, and no receipt. */
export const HALF_AN_HOUR = 1_800_000;

/** The same for the retention of 30 days, and receipts. */
export const FORTY_DAYS = 40 * 24 * 3_600_000;

/** A fresh database with one tenant. */
export interface SweptDatabase {
  readonly id: string;
  readonly tenantId: string;
  readonly manager: FirestoreMemoryManager;
  /** The paths of the space `space`. */
  readonly paths: SpacePaths;
  /** Sweeps once, this many milliseconds from now. */
  sweep(later: number, request?: Partial<SweepRequest>): Promise<SweepReport>;
  /** The paths of all documents but the counters, of every tenant and of none. */
  documents(): Promise<string[]>;
}

/** Opens a database that no other test uses. */
export function openSweptDatabase(): SweptDatabase {
  const id = freshId('sweep');
  const { manager, tenantId } = openManager('acme', id);
  const database = testDatabase(id);
  return {
    id,
    tenantId,
    manager,
    paths: spaceOf(tenantId, 'space', id),
    sweep: (later, request) => sweepExpired(database, { now: Date.now() + later, ...request }),
    documents: async () => {
      const kinds = Object.keys(COLLECTIONS).filter((name) => name !== 'stats');
      const all = await Promise.all(kinds.map((name) => database.collectionGroup(name).select().get()));
      return all.flatMap(({ docs }) => docs.map(({ ref }) => ref.path)).sort();
    },
  };
}

/** A call of Ann, this many milliseconds from now. */
export function annLater(later: number): CallContext {
  return callBy('ann', { now: Date.now() + later });
}
