/** Commands as they lie in an inbox, written past the rules, in a database where no trigger runs. */
import { deliverCommand } from '../../functions/src/inbox/deliver-command.ts';
import { type DocumentSnapshot, Timestamp } from '../../functions/src/storage/database.ts';
import { tenantPaths } from '../../functions/src/storage/paths.ts';
import { freshId, SILENT, STORAGE_DATABASE, testDatabase } from './storage.ts';

/** An inbox of the shared space of a fresh tenant, with two members who may write and what they queue. */
export interface TestInbox {
  readonly tenantId: string;
  readonly space: ReturnType<ReturnType<typeof tenantPaths>['space']>;
  /** Queues a command; `at` is in milliseconds since the epoch. */
  queue(id: string, op: string, input: unknown, at?: number, more?: object): Promise<unknown>;
  /** What became of a command. */
  outcome(id: string): Promise<NonNullable<ReturnType<DocumentSnapshot['data']>>>;
  /** Delivers the event of a command, with what a test brings of its own. */
  deliver(id: string, own?: Partial<Parameters<typeof deliverCommand>[1]>): Promise<void>;
  /** Ends a membership by hand. */
  remove(uid: string): Promise<unknown>;
}

/** Opens one. Every database path of the functions in this process must name the database of these tests. */
export async function openInbox(): Promise<TestInbox> {
  const tenantId = freshId('inbox');
  const paths = tenantPaths(testDatabase(), tenantId);
  const space = paths.space('team');
  await paths.tenant.set({ status: 'active', name: 'Inbox', cursorSecret: 's'.repeat(43) });
  for (const uid of ['ann', 'bob']) await paths.member(uid).set({ role: 'editor', status: 'active' });
  await space.space.set({ kind: 'shared', name: 'Team' });
  const read = async (id: string): Promise<DocumentSnapshot> => space.command(id).get();
  return {
    tenantId,
    space,
    queue: (id, op, input, at = Date.now(), more = {}) => {
      const command = { op, input, createdBy: 'ann', state: 'queued', createdAt: Timestamp.fromMillis(at) };
      return space.command(id).set({ ...command, ...more });
    },
    outcome: async (id) => (await read(id)).data() ?? {},
    deliver: (commandId, own = {}) =>
      deliverCommand(
        { tenantId, spaceId: 'team', commandId },
        { database: testDatabase(), log: SILENT, ...own },
      ),
    remove: (uid) => paths.member(uid).update({ status: 'removed' }),
  };
}

/** Lets the functions in this process use the database of these tests; to be called in a `describe`. */
export function useStorageDatabase(): void {
  before(() => {
    process.env.FIREMEMORY_DATABASE = STORAGE_DATABASE;
  });
  after(() => {
    delete process.env.FIREMEMORY_DATABASE;
  });
}
