/**
 * What every storage class shares: it is bound to one tenant and one database when it is made, and each of
 * its operations runs under a deadline and an abort signal, with its errors translated and one log line.
 */
import type { Firestore } from './database.ts';
import { measure } from './meter.ts';
import { CLOUD_LOG, failureRecord, type OperationLog, tenantHash } from './operation-log.ts';
import { type TenantPaths, tenantPaths } from './paths.ts';
import { type Pauses, REAL_PAUSES, withRetries } from './retry.ts';
import { type ErrorScene, translateError } from './translate-error.ts';
import { withinDeadline } from './within-deadline.ts';

/** What each call carries: who, when, and until when. */
export interface CallContext {
  /** The uid of the member. */
  readonly actor: string;
  /** Milliseconds since the epoch at which the call began; the same for all of its parts. */
  readonly now: number;
  /** Milliseconds since the epoch at which the caller stops waiting. */
  readonly deadline?: number;
  /** Aborted when the caller is gone. */
  readonly signal?: AbortSignal;
}

/** Gives storage classes their configuration, deadlines, error translation and logging. */
export abstract class BaseStorageManager {
  protected readonly database: Firestore;
  protected readonly paths: TenantPaths;
  protected readonly log: OperationLog;
  readonly #pauses: Pauses;

  protected constructor(
    database: Firestore,
    tenantId: string,
    log: OperationLog = CLOUD_LOG,
    pauses: Pauses = REAL_PAUSES,
  ) {
    this.database = database;
    this.paths = tenantPaths(database, tenantId);
    this.log = log;
    this.#pauses = pauses;
  }

  /**
   * Runs one operation. It ends at the deadline or the abort at the latest; a write that was under way may
   * still take effect then, so it is to be repeated with its key. `work` gets the call with a signal that
   * is aborted at either, for what can be stopped. After an error that may pass, `work` is run again where
   * that is safe: see `retry.ts`.
   * @throws StorageError whatever happens
   */
  protected async run<T>(
    scene: ErrorScene,
    call: CallContext,
    work: (call: CallContext) => Promise<T>,
  ): Promise<T> {
    const began = performance.now();
    const tenant = tenantHash(this.paths.tenantId);
    let code = 'ok';
    const translate = (error: unknown) => translateError(error, scene);
    const rules = { operation: scene.operation, pauses: this.#pauses };
    const { result, footprint } = measure(this.database, () =>
      withinDeadline(scene, call, (bounded) =>
        withRetries(() => work(bounded), translate, { ...rules, ...bounded }),
      ),
    );
    try {
      return await result;
    } catch (error) {
      const translated = translate(error);
      code = translated.code;
      const failure = failureRecord(translated);
      if (failure !== null) this.log.failed({ ...failure, tenant });
      throw translated;
    } finally {
      const latencyMs = Math.round((performance.now() - began) * 10) / 10;
      const { operation } = scene;
      this.log.ended({ operation, tenant, code, latencyMs, ...footprint() });
    }
  }
}
