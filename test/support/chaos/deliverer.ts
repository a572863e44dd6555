/** Hands captured events to the function that is deployed, as the platform would: raw, and again where it fails. */
import { onMemoryWritten } from '../../../functions/src/triggers/on-memory-written.ts';
import type { RawEvent } from './event-source.ts';

type Raw = Parameters<typeof onMemoryWritten>[0];

/** Times that an event is delivered, at most; the platform goes on for 24 hours. */
const MAX_DELIVERIES = 20;

/** The function as firebase-functions exports it decodes the protobuf itself. */
export async function deliverOnce(
  event: RawEvent,
  change: { readonly data?: undefined } = {},
): Promise<void> {
  await onMemoryWritten({ ...event.attributes, data: event.data, ...change } as unknown as Raw);
}

/**
 * Delivers an event until it is taken.
 * @returns how many deliveries that took
 * @throws the last error if that is too many
 */
export async function deliver(event: RawEvent, change: { readonly data?: undefined } = {}): Promise<number> {
  for (let n = 1; ; n += 1) {
    try {
      await deliverOnce(event, change);
      return n;
    } catch (error) {
      if (n === MAX_DELIVERIES) throw error;
    }
  }
}

/** Points the deployed function to a database for as long as a test runs; the answer undoes that. */
export function useDatabase(databaseId: string): () => void {
  const usual = process.env.FIREMEMORY_DATABASE;
  process.env.FIREMEMORY_DATABASE = databaseId;
  return () => {
    if (usual === undefined) delete process.env.FIREMEMORY_DATABASE;
    else process.env.FIREMEMORY_DATABASE = usual;
  };
}
