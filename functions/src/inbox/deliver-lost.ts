/** Finds commands that no event carried out, and carries them out. */
import * as logger from 'firebase-functions/logger';
import { DEFAULTS, INBOX } from '../config.ts';
import { digest } from '../core/dedupe.ts';
import { causeOf } from '../errors.ts';
import { queuedBefore } from '../storage/command-inbox.ts';
import type { DocumentSnapshot } from '../storage/database.ts';
import { idsAlong } from '../storage/paths.ts';
import { type Delivery, deliverCommand } from './deliver-command.ts';
import type { CommandAddress } from './run-command.ts';

/** What came of a search for lost commands. */
export interface LostReport {
  /** Commands that were found; each was carried out, or is among the failed. */
  readonly found: number;
  /** Commands whose delivery failed; they stay queued. */
  readonly failed: number;
}

/**
 * Carries out the commands that have waited for 5 minutes, oldest first, until there are none or the time is
 * over. A command that has to wait longer holds up those of its member in its space, and no others. What is
 * not done is found again by the next search: nothing is kept between two. What other applications store under
 * the same name, and what has an id that no operation could name, is left alone.
 * @throws whatever the database answers to the search itself
 */
export async function deliverLost(delivery: Delivery & { readonly until: number }): Promise<LostReport> {
  const { database, until, clock = Date.now } = delivery;
  const before = clock() - INBOX.LOST_MS;
  const stuck = new Set<string>();
  const report = { found: 0, failed: 0 };
  let last: DocumentSnapshot | null = null;
  do {
    const page: readonly DocumentSnapshot[] = await queuedBefore(database, before, INBOX.LOST_CHUNK, last);
    for (const document of page) {
      if (Date.now() >= until) return report;
      const [tenantId, spaceId, commandId] = idsAlong(document.ref, ['tenants', 'spaces', 'inbox']) ?? [];
      if (tenantId === undefined || spaceId === undefined || commandId === undefined) continue;
      report.found += 1;
      if (!(await deliverOne({ tenantId, spaceId, commandId }, document, delivery, stuck)))
        report.failed += 1;
    }
    last = page.length < INBOX.LOST_CHUNK ? null : (page.at(-1) ?? null);
  } while (last !== null);
  return report;
}

/** Returns false if the command stays queued. */
async function deliverOne(
  address: CommandAddress,
  document: DocumentSnapshot,
  delivery: Delivery & { readonly until: number },
  stuck: Set<string>,
): Promise<boolean> {
  const queue = JSON.stringify([address.tenantId, address.spaceId, document.get('createdBy')]);
  if (stuck.has(queue)) return false;
  try {
    const deadline = Math.min(delivery.until, Date.now() + DEFAULTS.DEADLINE_MS);
    await deliverCommand(address, { ...delivery, deadline });
    return true;
  } catch (error) {
    stuck.add(queue);
    logger.error('command not delivered', {
      document: digest(document.ref.path),
      error: causeOf(error),
    });
    return false;
  }
}
