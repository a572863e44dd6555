/** What the directories of a tenant share: of its members and settings, of its spaces, of its jobs. */
import { type CollectionKind, DEFAULT_SETTINGS } from '../config.ts';
import type { TenantSettings } from '../contract/types.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';
import { changeOnce, type DirectoryChange } from './directory-change.ts';
import type { OperationLog } from './operation-log.ts';

/** Knows what the deployment says where the tenant chose nothing, and makes changes once for their key. */
export abstract class BaseDirectory extends BaseStorageManager {
  protected readonly defaults: TenantSettings;

  /** @param defaults what the deployment says where the tenant chose nothing */
  constructor(
    database: Firestore,
    tenantId: string,
    log?: OperationLog,
    defaults: TenantSettings = DEFAULT_SETTINGS,
  ) {
    super(database, tenantId, log);
    this.defaults = defaults;
  }

  /**
   * Makes a change once for its key, transaction by transaction until it is finished.
   * @throws StorageError, see `changeOnce`
   */
  protected change<A extends object>(
    collection: CollectionKind,
    change: DirectoryChange<A>,
    call: CallContext,
  ): Promise<A & { replayed?: true }> {
    const { database, paths, defaults } = this;
    const scene = { operation: change.identity.operation, collection };
    return this.run(scene, call, (bounded) => changeOnce({ database, paths, defaults }, change, bounded));
  }
}
