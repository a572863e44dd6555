/** How long what a write leaves behind is kept, and whether that time is over. */
import { Timestamp } from 'firebase-admin/firestore';
import type { Memory, TenantSettings } from '../contract/types.ts';

/** In milliseconds from the call on. */
export interface Keeping {
  /** For which a receipt replays its answer. */
  readonly receiptMs: number;
  /** For which a deleted memory keeps its history. */
  readonly retentionMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the settings of a tenant say. */
export function keepingOf(settings: Pick<TenantSettings, 'receiptHours' | 'retentionDays'>): Keeping {
  return { receiptMs: settings.receiptHours * HOUR_MS, retentionMs: settings.retentionDays * DAY_MS };
}

/**
 * When the history of a memory ends that is deleted now, in milliseconds since the epoch: after the
 * retention, but not after the memory itself would have expired, since to delete must not keep it longer.
 */
export function historyEnd(
  memory: Pick<Memory, 'expiresAt'>,
  now: number,
  { retentionMs }: Pick<Keeping, 'retentionMs'>,
): number {
  const expiry = memory.expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(memory.expiresAt);
  return Math.min(now + retentionMs, expiry);
}

/** True iff a stored `expiresAt` has come. */
export function isPast(stored: unknown, now: number): boolean {
  return stored instanceof Timestamp && stored.toMillis() <= now;
}
