/** What an operation reads and writes, as the operation log counts it. */
import type { Firestore } from '../../functions/src/storage/database.ts';
import { type Footprint, installMeter, measure } from '../../functions/src/storage/meter.ts';

export type { Footprint };

/**
 * Runs `work` and counts.
 * @throws Error if the Admin SDK does not let itself be counted
 */
export async function observe(database: Firestore, work: () => Promise<unknown>): Promise<Footprint> {
  installMeter(database);
  const { result, footprint } = measure(database, work);
  await result;
  const seen = footprint();
  if (seen === null) throw new Error('The Admin SDK has changed: see storage/meter.ts.');
  return seen;
}
