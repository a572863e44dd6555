/**
 * The raw records of agents over Firestore. Paths, for a tenant T, a space S and a record R:
 *
 * - `tenants/T/spaces/S/agentData/R`: the record
 * - `tenants/T/spaces/S/receipts/{digest of uid and key}`: stored answers
 *
 * Nothing is derived from a record: it is neither searched nor counted, and its deletion leaves no revision.
 */
import type { DocumentSnapshot, Query, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { FieldPath, Timestamp } from 'firebase-admin/firestore';
import * as logger from 'firebase-functions/logger';
import { AGENT_DATA, DEFAULT_SETTINGS, DEFAULTS } from '../config.ts';
import type * as contract from '../contract/types.ts';
import { createRecord } from '../core/agent-record.ts';
import { type CursorBinding, type CursorPosition, openCursor, sealCursor } from '../core/cursor.ts';
import { digest } from '../core/dedupe.ts';
import { isExpired, withRetention } from '../core/memory.ts';
import { recordNotFound, StorageError } from '../errors.ts';
import { decodeRecord, encodeRecord, isStored } from './agent-data-codec.ts';
import { answerOnce, type OneDecision } from './answer-once.ts';
import { BaseStorageManager, type CallContext } from './base-storage-manager.ts';
import type { Firestore, Transaction } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { type Keeping, keepingOf } from './keeping.ts';
import type { Body } from './memory-manager.ts';
import type { OperationLog } from './operation-log.ts';
import type { SpacePaths } from './paths.ts';
import { encodeReceipt, type RequestIdentity } from './receipts.ts';
import type { RecordManager } from './record-manager.ts';
import type { TransactionReads } from './transaction-reads.ts';

/** What agent data is bound to when it is opened. */
export interface AgentDataConfig {
  readonly database: Firestore;
  readonly tenantId: string;
  /** Signs the cursors of the tenant: at least 32 random bytes as base64url. */
  readonly cursorSecret: string;
  /** What the tenant chose; `DEFAULT_SETTINGS` by default. */
  readonly settings?: contract.TenantSettings;
  /** Cloud Logging by default. */
  readonly log?: OperationLog;
}

/** What a change answers: the id of its record. */
type Changed = contract.AgentDataAddResponse & contract.AgentDataDeleteResponse;

/** The records of the agents of one tenant, bound to it when it is opened. See `RecordManager`. */
export class AgentDataManager extends BaseStorageManager implements RecordManager {
  readonly #cursorSecret: string;
  readonly #settings: contract.TenantSettings;
  readonly #keeping: Keeping;

  constructor(config: AgentDataConfig) {
    super(config.database, config.tenantId, config.log);
    this.#cursorSecret = config.cursorSecret;
    this.#settings = config.settings ?? DEFAULT_SETTINGS;
    this.#keeping = keepingOf(this.#settings);
  }

  async add(
    space: string,
    request: Body<contract.AgentDataAddRequest>,
    call: CallContext,
  ): Promise<contract.AgentDataAddResponse> {
    const { agentId, type, content, metadata, expiresAt, ttlSeconds, key } = request;
    const input = {
      agentId,
      type,
      content,
      ...(metadata !== undefined && { metadata }),
      ...(expiresAt !== undefined && { expiresAt }),
      ...(ttlSeconds !== undefined && { ttlSeconds }),
    };
    const paths = this.paths.space(space);
    const { tenantId: tenant } = paths;
    // Chosen once, so that a transaction that runs again creates the same record.
    const { id } = paths.agentData.doc();
    const whole = withRetention(input, this.#settings);
    const record = createRecord(whole, { actor: call.actor, now: call.now, tenant, space, id });
    let isRepeated = false;
    const identity = { operation: 'agentData.add', key, body: input };
    return this.#change(identity, paths, call, async (reads) => {
      // A commit whose answer was lost may have been applied: nobody else can have used the id.
      const isThere = isRepeated && (await reads.document(paths.record(id))).exists;
      isRepeated = true;
      const write = (transaction: Transaction) =>
        isThere ? null : transaction.create(paths.record(id), encodeRecord(record));
      return { answer: { id }, write };
    });
  }

  async get(space: string, id: string, call: CallContext): Promise<contract.AgentRecord> {
    return this.run({ operation: 'agentData.get', collection: 'agentData' }, call, async () => {
      const paths = this.paths.space(space);
      const record = decodeRecord(await paths.record(id).get(), paths);
      if (record === null || isExpired(record, call.now)) throw recordNotFound();
      return record;
    });
  }

  /** Damaged records, which only an administrator can have written, are left out. */
  async list(
    space: string,
    request: Body<contract.AgentDataListRequest>,
    call: CallContext,
  ): Promise<contract.AgentDataListResponse> {
    const { agentId, type, limit = DEFAULTS.PAGE, cursor } = request;
    return this.run({ operation: 'agentData.list', collection: 'agentData' }, call, async (bounded) => {
      const paths = this.paths.space(space);
      const query = [this.paths.tenantId, 'agentData.list', space, agentId ?? null, type ?? null];
      const binding = { query, secret: this.#cursorSecret, now: call.now };
      const from = cursor === undefined ? null : openCursor(cursor, binding);
      return readPage(paths, recordsOf(paths, agentId, type), { limit, from }, binding, bounded);
    });
  }

  /**
   * Without a key a note is left for a day, by which an attempt that is made
   * again, since the answer to its commit was lost, knows that it was this call that deleted the record.
   */
  async delete(
    space: string,
    request: Body<contract.AgentDataDeleteRequest>,
    call: CallContext,
  ): Promise<contract.AgentDataDeleteResponse> {
    const { id, key } = request;
    const paths = this.paths.space(space);
    const identity = { operation: 'agentData.delete', key, body: [id] };
    const answer = { id };
    const note = key === undefined ? paths.receipt(paths.agentData.doc().id) : null;
    let isRepeated = false;
    return this.#change(identity, paths, call, async (reads) => {
      if (isRepeated && note !== null && (await reads.document(note)).exists) {
        return { answer, write: () => null };
      }
      const document = await reads.document(paths.record(id));
      if (!isStored(document, call.now)) throw recordNotFound();
      isRepeated = true;
      const write = (transaction: Transaction) => {
        transaction.delete(document.ref);
        if (note !== null) transaction.set(note, encodeReceipt(identity, answer, call, this.#keeping));
      };
      return { answer, write };
    });
  }

  /** Runs a change once for its key. `decide` reads; it may run again and has no effects. */
  async #change(
    identity: RequestIdentity,
    paths: SpacePaths,
    call: CallContext,
    decide: (reads: TransactionReads) => Promise<OneDecision<{ id: string }>>,
  ): Promise<Changed> {
    return this.run({ operation: identity.operation, collection: 'agentData' }, call, async (bounded) => {
      const admit = async (reads: TransactionReads) => {
        await refuseDeletedSpace(reads, paths);
        return this.#keeping;
      };
      const change = { identity, paths, call: bounded, admit, decide };
      const { answer, replayed } = await answerOnce(this.database, change);
      return { ...answer, ...(replayed && { replayed }) };
    });
  }
}

/** The records of a space, or those of an agent, of a type, or of both, newest first. */
function recordsOf(paths: SpacePaths, agentId: string | undefined, type: string | undefined): Query {
  let query: Query = paths.agentData;
  if (agentId !== undefined) query = query.where('agentId', '==', agentId);
  if (type !== undefined) query = query.where('type', '==', type);
  return query.orderBy('createdAt', 'desc').orderBy(FieldPath.documentId(), 'desc');
}

/** Reads on, chunk by chunk, until the page is full or large, the query ends, or one call has read enough. */
async function readPage(
  paths: SpacePaths,
  query: Query,
  request: { readonly limit: number; readonly from: CursorPosition | null },
  binding: CursorBinding,
  call: CallContext,
): Promise<contract.AgentDataListResponse> {
  const records: contract.AgentRecord[] = [];
  let position = request.from;
  let next = position === null ? query : query.startAfter(...toStored(position));
  let bytes = 0;
  const close = (more: boolean): contract.AgentDataListResponse => ({
    records,
    nextCursor: more && position !== null ? sealCursor(position, binding) : null,
  });
  for (let read = 0; read < AGENT_DATA.MAX_DOCUMENTS; ) {
    call.signal?.throwIfAborted();
    // One more than the page needs tells whether there is a next one.
    const wanted = read === 0 ? Math.min(request.limit + 1, AGENT_DATA.CHUNK) : AGENT_DATA.CHUNK;
    const { docs } = await next.limit(wanted).get();
    for (const document of docs) {
      const record = visible(document, paths, call);
      const full = records.length === request.limit || bytes >= AGENT_DATA.MAX_PAGE_BYTES;
      if (record !== null && full) return close(true);
      if (record !== null) {
        records.push(record);
        bytes += Buffer.byteLength(String(document.get('content')));
      }
      position = positionOf(document) ?? position;
    }
    const last = docs.at(-1);
    if (last === undefined || docs.length < wanted) return close(false);
    next = query.startAfter(last);
    read += docs.length;
  }
  return close(true);
}

function visible(
  document: DocumentSnapshot,
  paths: SpacePaths,
  call: CallContext,
): contract.AgentRecord | null {
  try {
    const record = decodeRecord(document, paths);
    return record === null || isExpired(record, call.now) ? null : record;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { code, details } = error;
    logger.error('damaged record left out', { code, ...details, document: digest(document.ref.path) });
    return null;
  }
}

/** Where a page ended, to the nanosecond, as Firestore orders by it; null where the time is none. */
function positionOf(document: QueryDocumentSnapshot): CursorPosition | null {
  const createdAt: unknown = document.get('createdAt');
  if (!(createdAt instanceof Timestamp)) return null;
  return [createdAt.seconds, createdAt.nanoseconds, document.id];
}

function toStored([seconds, nanoseconds, id]: CursorPosition): unknown[] {
  return [new Timestamp(Number(seconds), Number(nanoseconds)), id];
}
