/** Memories as an administrator writes them past the service, whole: nothing is left for the trigger to fill in. */
import { Timestamp } from '../../../functions/src/storage/database.ts';

/** What such a memory says; the rest is usual. */
export interface ByHand {
  readonly text: string;
  readonly kind?: string;
  readonly role?: 'user';
  readonly sessionId?: string;
  readonly tags?: readonly string[];
  readonly expiresAt?: Timestamp;
}

const THEN = Timestamp.fromMillis(Date.parse('2026-03-01T12:00:00.000Z'));

/** The document. Of a turn, a higher version was said later. */
export function byHand(memory: ByHand, version = 1): Record<string, unknown> {
  return {
    kind: 'fact',
    tags: [],
    metadata: {},
    importance: 0.5,
    occurredAt: Timestamp.fromMillis(THEN.toMillis() + version * 1_000),
    createdAt: THEN,
    updatedAt: THEN,
    expiresAt: null,
    createdBy: 'administrator',
    version,
    seq: version,
    change: 'create',
    changedBy: 'administrator',
    ...memory,
  };
}
