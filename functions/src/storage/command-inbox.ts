/** The inbox of one space: which command comes next, and how one ends. */
import { FieldPath, Timestamp } from 'firebase-admin/firestore';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import { type CommandOutcome, decodeCommand, encodeOutcome, type QueuedCommand } from './command-codec.ts';
import type { DocumentSnapshot, Firestore } from './database.ts';
import type { OperationLog } from './operation-log.ts';
import { everywhere, type SpacePaths } from './paths.ts';
import { runTransaction } from './run-transaction.ts';

/** The queued commands of one space. All methods throw a `StorageError` if the database fails. */
export class CommandInbox extends BaseStorageManager {
  readonly #space: SpacePaths;

  constructor(database: Firestore, tenantId: string, spaceId: string, log?: OperationLog) {
    super(database, tenantId, log);
    this.#space = this.paths.space(spaceId);
  }

  /** A command that waits; null if it is missing or finished. */
  read(commandId: string, call: CallContext): Promise<QueuedCommand | null> {
    return this.run({ operation: 'inbox.read', collection: 'inbox' }, call, async () =>
      decodeCommand(await this.#space.command(commandId).get()),
    );
  }

  /**
   * The first command of a member that waits, by the time at which Firestore took it in, then by id; null if
   * none does. One whose time is no time comes last.
   */
  first(uid: string, call: CallContext): Promise<QueuedCommand | null> {
    return this.run({ operation: 'inbox.first', collection: 'inbox' }, call, async () => {
      const { docs } = await this.#space.inbox
        .where('createdBy', '==', uid)
        .where('state', '==', 'queued')
        .orderBy('createdAt')
        .orderBy(FieldPath.documentId())
        .limit(1)
        .get();
      return docs[0] === undefined ? null : decodeCommand(docs[0]);
    });
  }

  /** Ends a command. Returns false if it is missing or had ended before: an outcome is never overwritten. */
  finish(commandId: string, outcome: CommandOutcome, call: CallContext): Promise<boolean> {
    return this.run({ operation: 'inbox.finish', collection: 'inbox' }, call, () =>
      runTransaction(this.database, async (transaction) => {
        const command = this.#space.command(commandId);
        if (decodeCommand(await transaction.get(command)) === null) return false;
        transaction.update(command, encodeOutcome(outcome, Date.now()));
        return true;
      }),
    );
  }
}

/** A page of commands that were queued before a time, oldest first, of all tenants. */
export async function queuedBefore(
  database: Firestore,
  time: number,
  limit: number,
  after: DocumentSnapshot | null,
): Promise<readonly DocumentSnapshot[]> {
  const oldest = everywhere(database, 'inbox')
    .where('state', '==', 'queued')
    .where('createdAt', '<', Timestamp.fromMillis(time))
    .orderBy('createdAt')
    .limit(limit);
  const { docs } = await (after === null ? oldest : oldest.startAfter(after)).get();
  return docs;
}
