/**
 * The `MemoryManager` over Firestore. Paths, for a tenant T, a space S and a memory M:
 *
 * - `tenants/T/spaces/S/memories/M`: the truth
 * - `tenants/T/spaces/S/memories/M/revisions/{version}`: what it was before each change
 * - `tenants/T/spaces/S/index/M`, `…/stats/{shard}`: derived from the truth in the same transaction
 * - `tenants/T/spaces/S/sessions/{session}`: when a session was last spoken in, at the latest
 * - `tenants/T/spaces/S/claims/{content hash}`: which memory was the last to get this content
 * - `tenants/T/spaces/S/receipts/{digest of uid and key}`: stored answers
 */
import { DEFAULT_SETTINGS, DEFAULTS } from '../config.ts';
import type * as contract from '../contract/types.ts';
import { type Addition, refuseRepeatedIds } from '../core/add-plan.ts';
import { fitsOneCommit } from '../core/commit-size.ts';
import type { CursorBinding } from '../core/cursor.ts';
import { parseFilter } from '../core/filter.ts';
import { isExpired, withRetention } from '../core/memory.ts';
import { memoryNotFound } from '../errors.ts';
import type { Embedder } from '../search/embedder.ts';
import { searchMemories } from '../search/search-memories.ts';
import { AgentDataManager } from './agent-data-manager.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';
import { EmbeddingCache } from './embeddings.ts';
import { type Keeping, keepingOf } from './keeping.ts';
import { decodeMemory } from './memory-codec.ts';
import type { BatchOutcome, BatchStep, Body, MemoryManager } from './memory-manager.ts';
import { decideAdd, decideDelete, decideUpdate, foreseeAdd, foreseeUpdate, presumeAdd } from './mutations.ts';
import { once } from './once.ts';
import type { OperationLog } from './operation-log.ts';
import type { SpacePaths } from './paths.ts';
import { purgeMemories } from './purge.ts';
import { listPage, sessionPage } from './queries.ts';
import type { RecordManager } from './record-manager.ts';
import type { Pauses } from './retry.ts';
import { decideRestore, foreseeRestore, historyPage } from './revisions.ts';
import { runBatch } from './run-batch.ts';
import { sessionContext } from './session-context.ts';
import { deleteSession } from './session-delete.ts';
import { listSessions } from './sessions.ts';
import { SpaceDirectory } from './space-directory.ts';
import type { SpaceManager } from './space-manager.ts';
import { Staging } from './staging.ts';
import { type Mutation, mutate, type Outcome } from './write-path.ts';

/** What a manager is bound to when it is opened. */
export interface ManagerConfig {
  readonly database: Firestore;
  readonly tenantId: string;
  /** Signs the cursors of the tenant: at least 32 random bytes as base64url. */
  readonly cursorSecret: string;
  readonly embedder: Embedder;
  /** What holds where a call says nothing; `DEFAULT_SETTINGS` by default. */
  readonly settings?: contract.TenantSettings;
  /** Cloud Logging by default. */
  readonly log?: OperationLog;
  /** Between the tries of one operation; real time by default. */
  readonly pauses?: Pauses;
}

/** See `MemoryManager` for what each method does and throws. */
export class FirestoreMemoryManager extends BaseStorageManager implements MemoryManager {
  readonly agentData: RecordManager;
  readonly spaces: SpaceManager;
  readonly #cursorSecret: string;
  readonly #embedder: Embedder;
  readonly #settings: contract.TenantSettings;
  readonly #keeping: Keeping;

  constructor(config: ManagerConfig) {
    super(config.database, config.tenantId, config.log, config.pauses);
    this.#cursorSecret = config.cursorSecret;
    this.#embedder = config.embedder;
    this.#settings = config.settings ?? DEFAULT_SETTINGS;
    this.#keeping = keepingOf(this.#settings);
    this.agentData = new AgentDataManager(config);
    this.spaces = new SpaceDirectory(config.database, config.tenantId, config.log, this.#settings);
  }

  batch(steps: readonly BatchStep[], call: CallContext): Promise<BatchOutcome[]> {
    return runBatch(this, steps, call);
  }

  async add(
    space: string,
    request: Body<contract.MemoryAddRequest>,
    call: CallContext,
  ): Promise<contract.MemoryAddResponse> {
    const { memories, dedupe = this.#settings.dedupe, key } = request;
    // A key stands for what was asked, so that a call can be repeated although the settings have changed.
    const body = [memories, request.dedupe ?? null];
    const door = { operation: 'memory.add', path: 'memories', key, body };
    const { answer, replayed } = await this.#create(space, memories, dedupe, door, call);
    return { results: answer, replayed };
  }

  async append(
    space: string,
    request: Body<contract.SessionAppendRequest>,
    call: CallContext,
  ): Promise<contract.SessionAppendResponse> {
    const { session, messages, key } = request;
    const turns = messages.map((message) => ({ ...message, kind: 'message', sessionId: session }));
    const door = { operation: 'session.append', path: 'messages', key, body: [session, messages] };
    const { answer, replayed } = await this.#create(space, turns, 'off', door, call);
    return { results: answer, ...(replayed && { replayed }) };
  }

  async get(space: string, id: string, call: CallContext): Promise<contract.Memory> {
    return this.run({ operation: 'memory.get', collection: 'memories' }, call, async () => {
      const paths = this.paths.space(space);
      const decoded = decodeMemory(await paths.memory(id).get(), paths);
      if (decoded === null || isExpired(decoded.record.memory, call.now)) throw memoryNotFound();
      return decoded.record.memory;
    });
  }

  async list(
    space: string,
    request: Body<contract.MemoryListRequest>,
    call: CallContext,
  ): Promise<contract.MemoryListResponse> {
    const { limit = DEFAULTS.PAGE, order = { field: 'createdAt', direction: 'desc' }, cursor } = request;
    return this.run({ operation: 'memory.list', collection: 'memories' }, call, (bounded) => {
      const page = { filter: parseFilter(request.filter), limit, cursor, order };
      const binding = this.#binding(['memory.list', space, request.filter ?? null, order], call);
      return listPage(this.paths.space(space), page, binding, bounded);
    });
  }

  async turns(
    space: string,
    request: Body<contract.SessionHistoryRequest>,
    call: CallContext,
  ): Promise<contract.SessionHistoryResponse> {
    const { session, limit = DEFAULTS.HISTORY_WINDOW, cursor } = request;
    return this.run({ operation: 'session.history', collection: 'memories' }, call, async (bounded) => {
      const page = { filter: parseFilter(request.filter), limit, cursor };
      const binding = this.#binding(['session.history', space, session, request.filter ?? null], call);
      const paths = this.paths.space(space);
      const { memories, nextCursor } = await sessionPage(paths, session, page, binding, bounded);
      return { messages: memories.reverse(), nextCursor };
    });
  }

  async sessions(
    space: string,
    request: Body<contract.SessionListRequest>,
    call: CallContext,
  ): Promise<contract.SessionListResponse> {
    const { limit = DEFAULTS.PAGE, cursor } = request;
    return this.run({ operation: 'session.list', collection: 'sessions' }, call, (bounded) => {
      const binding = this.#binding(['session.list', space], call);
      return listSessions(this.paths.space(space), { limit, cursor }, binding, bounded);
    });
  }

  async context(
    space: string,
    request: Body<contract.SessionContextRequest>,
    call: CallContext,
  ): Promise<contract.SessionContextResponse> {
    return this.run({ operation: 'session.context', collection: 'memories' }, call, (bounded) => {
      const binding = this.#binding(['session.context', space, request.session], call);
      const { database, paths } = this;
      const scope = { database, embedder: this.#embedder, paths: paths.space(space), binding, call: bounded };
      return sessionContext(scope, request);
    });
  }

  async deleteSession(
    space: string,
    request: Body<contract.SessionDeleteRequest>,
    call: CallContext,
  ): Promise<contract.SessionDeleteResponse> {
    const progress = { deleted: 0 };
    return this.run({ operation: 'session.delete', collection: 'memories' }, call, (bounded) => {
      const embeddings = new EmbeddingCache(this.#embedder);
      const paths = this.paths.space(space);
      return deleteSession(this.database, embeddings, this.#keeping, paths, request, progress, bounded);
    });
  }

  async search(
    spaces: readonly string[],
    request: Body<contract.MemorySearchRequest>,
    call: CallContext,
  ): Promise<contract.MemorySearchResponse> {
    return this.run({ operation: 'memory.search', collection: 'index' }, call, async (bounded) => {
      const paths = [...new Set(spaces)].map((space) => this.paths.space(space));
      return searchMemories(this.database, paths, request, this.#embedder, bounded);
    });
  }

  async update(
    space: string,
    request: Body<contract.MemoryUpdateRequest>,
    call: CallContext,
  ): Promise<contract.MemoryUpdateResponse> {
    const { id, changes, ifVersion = null, key } = request;
    const { answer, replayed } = await this.#mutate({
      identity: { operation: 'memory.update', key, body: [id, changes, ifVersion] },
      paths: this.paths.space(space),
      call,
      ids: [id],
      unlocked: true,
      foresee: async () => foreseeUpdate(changes),
      decide: (reads, paths) => decideUpdate(reads, paths, request, call),
    });
    return { memory: answer, ...(replayed && { replayed }) };
  }

  async delete(
    space: string,
    request: Body<contract.MemoryDeleteRequest>,
    call: CallContext,
  ): Promise<contract.MemoryDeleteResponse> {
    const { id, ifVersion = null, key } = request;
    const { answer, replayed } = await this.#mutate({
      identity: { operation: 'memory.delete', key, body: [id, ifVersion] },
      paths: this.paths.space(space),
      call,
      ids: [id],
      unlocked: true,
      foresee: async () => [],
      decide: (reads, paths) => decideDelete(reads, paths, request, call),
    });
    return { ...answer, ...(replayed && { replayed }) };
  }

  async purge(
    space: string,
    request: Body<contract.MemoryPurgeRequest>,
    call: CallContext,
  ): Promise<contract.MemoryPurgeResponse> {
    // Chosen once, so that a purge that is tried again goes on with its job.
    const { id: jobId } = this.paths.jobs.doc();
    return this.run({ operation: 'memory.purge', collection: 'memories' }, call, (bounded) => {
      const embeddings = new EmbeddingCache(this.#embedder);
      return purgeMemories(
        { database: this.database, paths: this.paths, embeddings, keeping: this.#keeping },
        space,
        request,
        jobId,
        bounded,
      );
    });
  }

  async history(
    space: string,
    request: Body<contract.MemoryHistoryRequest>,
    call: CallContext,
  ): Promise<contract.MemoryHistoryResponse> {
    const { id, limit = DEFAULTS.PAGE, cursor } = request;
    return this.run({ operation: 'memory.history', collection: 'revisions' }, call, (bounded) => {
      const binding = this.#binding(['memory.history', space, id], call);
      return historyPage(this.paths.space(space), { id, limit, cursor }, binding, bounded);
    });
  }

  async restore(
    space: string,
    request: Body<contract.MemoryRestoreRequest>,
    call: CallContext,
  ): Promise<contract.MemoryRestoreResponse> {
    const { id, version, ifVersion = null, key } = request;
    const { answer, replayed } = await this.#mutate({
      identity: { operation: 'memory.restore', key, body: [id, version, ifVersion] },
      paths: this.paths.space(space),
      call,
      ids: [id],
      foresee: (paths) => foreseeRestore(paths, request),
      decide: (reads, paths) => decideRestore(reads, paths, request, call),
    });
    return { memory: answer, ...(replayed && { replayed }) };
  }

  /** What `add` and `append` share: `door` says how the request named things. */
  async #create(
    space: string,
    requested: readonly contract.MemoryInput[],
    dedupe: 'exact' | 'off',
    door: { operation: string; path: string; key: string | undefined; body: unknown },
    call: CallContext,
  ): Promise<Outcome<contract.AddResult[]>> {
    const inputs = requested.map((input) => withRetention(input, this.#settings));
    refuseRepeatedIds(inputs, door.path);
    const paths = this.paths.space(space);
    // Chosen once, so that a transaction that runs again creates the same memories.
    const additions = inputs.map((input): Addition => ({ input, id: input.id ?? paths.memories.doc().id }));
    const staging = fitsOneCommit(inputs)
      ? undefined
      : new Staging(paths, additions, door, this.#embedder.id, call);
    const madeUp = inputs.every(({ id }) => id === undefined);
    const presumed = madeUp && staging === undefined ? presumeAdd(paths, { additions, dedupe }, call) : null;
    return this.#mutate({
      identity: { operation: door.operation, key: door.key, body: door.body },
      paths,
      call,
      ids: additions.map((addition) => addition.id),
      staging,
      foresee: async () => foreseeAdd(paths, additions, call),
      ...(presumed !== null && { presumed: { ...presumed, claims: dedupe === 'exact' ? 'free' : 'any' } }),
      decide: (reads) => decideAdd(reads, paths, { additions, dedupe }, call),
    });
  }

  /** Runs a mutation whose vectors, as far as they can be foreseen, are made before its transaction. */
  async #mutate<R>(
    mutation: Omit<Mutation<R>, 'keeping'> & { foresee(paths: SpacePaths): Promise<string[]> },
  ): Promise<Outcome<R>> {
    const scene = { operation: mutation.identity.operation, collection: 'memories' } as const;
    // Made once, so that every attempt knows what the ones before it decided.
    const { presumed = null } = mutation;
    const decide = once((reads, paths) => mutation.decide(reads, paths), mutation.call, presumed);
    return this.run(scene, mutation.call, async (call) => {
      const embeddings = new EmbeddingCache(this.#embedder);
      await embeddings.prepare(await mutation.foresee(mutation.paths), call.signal);
      const { staging } = mutation;
      try {
        await staging?.stage(this.database, embeddings, call.signal);
        return await mutate(this.database, embeddings, { ...mutation, decide, call, keeping: this.#keeping });
      } finally {
        // What stays, if this fails too, is seen by nobody and expires.
        await staging?.remove(this.database).catch(() => undefined);
      }
    });
  }

  #binding(query: unknown, call: CallContext): CursorBinding {
    return { query: [this.paths.tenantId, query], secret: this.#cursorSecret, now: call.now };
  }
}
