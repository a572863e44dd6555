/** The storage module on the Firestore emulator, in this process, and a look at what it left there. */
import { randomUUID } from 'node:crypto';
import { DEFAULT_SETTINGS } from '../../functions/src/config.ts';
import type { TenantSettings } from '../../functions/src/contract/types.ts';
import type { Embedder } from '../../functions/src/search/embedder.ts';
import { embedder } from '../../functions/src/search/instance-embedder.ts';
import { AgentDataManager } from '../../functions/src/storage/agent-data-manager.ts';
import type { CallContext } from '../../functions/src/storage/base-storage-manager.ts';
import { type Firestore, openDatabase } from '../../functions/src/storage/database.ts';
import { FirestoreMemoryManager } from '../../functions/src/storage/firestore-memory-manager.ts';
import type { OperationLog } from '../../functions/src/storage/operation-log.ts';
import { type SpacePaths, tenantPaths } from '../../functions/src/storage/paths.ts';
import { noteDatabase } from './used-databases.ts';

/** A database of its own, in which the deployed triggers do not run, so that a test sees its own effects. */
export const STORAGE_DATABASE = 'storage-tests';

/** The database of these tests; fails at once where no emulator is named. */
export function testDatabase(databaseId = STORAGE_DATABASE): Firestore {
  if (!process.env.FIRESTORE_EMULATOR_HOST) throw new Error('FIRESTORE_EMULATOR_HOST is not set.');
  noteDatabase(databaseId);
  return openDatabase(databaseId);
}

/** Tells nothing, so that the report of the tests can be read. */
export const SILENT: OperationLog = { ended: () => undefined, failed: () => undefined };

/** An id that no other test uses. */
export function freshId(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

/** A manager on a fresh tenant, or on the given one, in the database of these tests or another, by this embedder. */
export function openManager(
  tenantId = freshId('tenant'),
  databaseId = STORAGE_DATABASE,
  by: Embedder = embedder,
): {
  readonly manager: FirestoreMemoryManager;
  readonly tenantId: string;
} {
  const config = { database: testDatabase(databaseId), tenantId, cursorSecret: 's'.repeat(43) };
  const manager = new FirestoreMemoryManager({ ...config, embedder: by, log: SILENT });
  return { manager, tenantId };
}

/** The agent data of a fresh tenant, or of the given one, in the database of these tests or another. */
export function openAgentData(
  tenantId = freshId('tenant'),
  databaseId = STORAGE_DATABASE,
  settings: TenantSettings = DEFAULT_SETTINGS,
): AgentDataManager {
  const database = testDatabase(databaseId);
  return new AgentDataManager({ database, tenantId, cursorSecret: 's'.repeat(43), log: SILENT, settings });
}

/** A call as the binding would make it. */
export function callBy(actor: string, overrides: Partial<CallContext> = {}): CallContext {
  return { actor, now: Date.now(), ...overrides };
}

/** The paths of a space in the database of these tests. */
export function spaceOf(tenantId: string, spaceId: string, databaseId = STORAGE_DATABASE): SpacePaths {
  return tenantPaths(testDatabase(databaseId), tenantId).space(spaceId);
}

/** The counters of a space, shards added up, names without a count left out. */
export interface Totals {
  readonly count: number;
  readonly bytes: number;
  readonly byKind: Record<string, number>;
  readonly byTag: Record<string, number>;
}

/** Adds up the counters of a space as they are stored. */
export async function storedTotals(paths: SpacePaths): Promise<Totals> {
  const totals = { count: 0, bytes: 0, byKind: new Map<string, number>(), byTag: new Map<string, number>() };
  for (const shard of (await paths.stats.get()).docs) {
    totals.count += Number(shard.get('count'));
    totals.bytes += Number(shard.get('bytes'));
    for (const [name, n] of Object.entries(shard.get('byKind') ?? {})) addTo(totals.byKind, name, Number(n));
    for (const [name, n] of Object.entries(shard.get('byTag') ?? {}))
      addTo(totals.byTag, name.slice(1), Number(n));
  }
  return { ...totals, byKind: namesOf(totals.byKind), byTag: namesOf(totals.byTag) };
}

function addTo(counts: Map<string, number>, name: string, n: number): void {
  counts.set(name, (counts.get(name) ?? 0) + n);
}

function namesOf(counts: ReadonlyMap<string, number>): Record<string, number> {
  const present = [...counts].filter(([, n]) => n !== 0);
  return Object.fromEntries(present.sort(([a], [b]) => (a < b ? -1 : 1)));
}
