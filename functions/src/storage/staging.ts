/**
 * Adds that are too large for one commit: stage, then flip. What is large of each memory and entry is written
 * first, in several commits, into documents that no read shows: they have neither a time by which they could
 * be ordered nor a content hash, and `staged` says whose they are. One transaction then does what every add
 * does, but only fills in what is small. Until it is committed nothing is there, and then all of it is.
 */
import type { DocumentData, DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { DEFAULTS } from '../config.ts';
import type { Addition } from '../core/add-plan.ts';
import { commitsOf, fitsFlip, refuseLargeFlip } from '../core/commit-size.ts';
import { digest } from '../core/dedupe.ts';
import { type Embeddings, INDEX_FORMAT, planIndex } from '../core/index-plan.ts';
import { createMemory } from '../core/memory.ts';
import { OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore } from './database.ts';
import { encodeEntry } from './entry-codec.ts';
import type { SpacePaths } from './paths.ts';
import { bodyHash, type RequestIdentity } from './receipts.ts';
import { stagedMark } from './staged-mark.ts';
import type { TransactionReads } from './transaction-reads.ts';

/** gRPC's ALREADY_EXISTS. */
const ALREADY_EXISTS = 6;

/** The fields of a memory and of an entry that are staged; all others are small. */
const LARGE = {
  memory: ['text', 'metadata'],
  entry: ['terms', 'frequencies', 'semantic', 'tokens', 'vector'],
} as const;

/** The staging of one large add: one for all of its attempts. */
export class Staging {
  readonly #paths: SpacePaths;
  readonly #additions: readonly Addition[];
  readonly #path: string;
  readonly #call: CallContext;
  /** Tells what this request staged from what another did. */
  readonly #by: string;

  /**
   * @param door where the memories stand in the request, and what identifies it: a request with a key is the
   *   same one when it is repeated, so what an attempt of it staged serves all of its attempts
   * @param embedderId what is staged is of this embedder
   */
  constructor(
    paths: SpacePaths,
    additions: readonly Addition[],
    door: RequestIdentity & { readonly path: string },
    embedderId: string,
    call: CallContext,
  ) {
    this.#paths = paths;
    this.#additions = additions;
    this.#path = door.path;
    this.#call = call;
    const { key } = door;
    this.#by =
      key === undefined
        ? paths.memories.doc().id
        : digest([call.actor, key, bodyHash(door), embedderId, INDEX_FORMAT]);
  }

  /**
   * Writes what is large, commit by commit. What an earlier attempt staged stays as it is; an id that is in use
   * otherwise is left to the transaction.
   */
  async stage(database: Firestore, embeddings: Embeddings, signal?: AbortSignal): Promise<void> {
    const { actor, now } = this.#call;
    const birth = { actor, now, tenant: this.#paths.tenantId, space: this.#paths.spaceId, version: 1 };
    const at = Timestamp.fromMillis(now);
    const expiresAt = Timestamp.fromMillis(now + DEFAULTS.STAGING_MS);
    const mark = { staged: { by: this.#by, at }, expiresAt };
    const inputs = this.#additions.map(({ input }) => input);
    for (const places of commitsOf(inputs)) {
      const creations: Creation[] = [];
      for (const place of places) {
        const addition = this.#additions[place];
        if (addition === undefined) continue;
        const { input, id } = addition;
        const record = createMemory(input, { ...birth, id, place });
        const plan = planIndex(record, null, embeddings);
        if (plan.action !== 'write') continue;
        const { text, metadata } = record.memory;
        creations.push(
          [this.#paths.memory(id), { text, metadata, ...mark }],
          [this.#paths.entry(id), { ...pick(encodeEntry(plan.entry), LARGE.entry), ...mark }],
        );
      }
      await createMissing(database, creations, signal);
    }
  }

  /**
   * The ids of those memories that are staged by this call, entry included, as the transaction sees it.
   * @throws ValidationError (`request-too-large`) if what is not, as its id is in use, does not fit into the
   *   transaction; OperationError (`aborted`, reason `contention`) if it does not because of what others staged,
   *   or have just removed
   */
  async found(reads: TransactionReads, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const [memories, entries] = await Promise.all([
      reads.documents(ids.map(this.#paths.memory)),
      reads.documents(ids.map(this.#paths.entry)),
    ]);
    const isOwn = (document: DocumentSnapshot | undefined) => stagedBy(document) === this.#by;
    const staged = new Set(ids.filter((_, place) => isOwn(memories[place]) && isOwn(entries[place])));
    const inUse = new Set(ids.filter((_, place) => isInUse(memories[place]) || isInUse(entries[place])));
    const created = new Set(ids);
    const inputs = (isMeant: (id: string) => boolean) =>
      this.#additions.flatMap(({ id, input }) => (created.has(id) && isMeant(id) ? [input] : []));
    const own = inputs((id) => staged.has(id));
    const whole = inputs((id) => !staged.has(id));
    const blocked = inputs((id) => inUse.has(id));
    refuseLargeFlip(
      blocked,
      inputs((id) => !inUse.has(id)),
      this.#path,
    );
    if (!fitsFlip(whole, own)) throw contention();
    return staged;
  }

  /** Removes what this call staged and did not use. Whoever used it meanwhile keeps it. */
  async remove(database: Firestore): Promise<void> {
    const references = this.#additions.flatMap(({ id }) => [this.#paths.memory(id), this.#paths.entry(id)]);
    const found = await database.getAll(...references, { fieldMask: ['staged'] });
    const batch = database.batch();
    const left = found.filter((document) => stagedBy(document) === this.#by);
    for (const { ref, updateTime } of left) {
      batch.delete(ref, updateTime === undefined ? {} : { lastUpdateTime: updateTime });
    }
    if (left.length > 0) await batch.commit();
  }
}

/** A document that is to be written where there is none. */
type Creation = readonly [DocumentReference, DocumentData];

/** How often those of the documents of one commit are looked for that are missing. */
const MAX_ROUNDS = 3;

/** Creates those of the documents that are missing, as one commit: one that is there already fails it whole. */
async function createMissing(
  database: Firestore,
  creations: readonly Creation[],
  signal: AbortSignal | undefined,
): Promise<void> {
  let missing = creations;
  for (let round = 1; missing.length > 0 && round <= MAX_ROUNDS; round += 1) {
    signal?.throwIfAborted();
    const batch = database.batch();
    for (const [reference, data] of missing) batch.create(reference, data);
    try {
      await batch.commit();
      return;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const references = missing.map(([reference]) => reference);
    const found = await database.getAll(...references, { fieldMask: ['staged'] });
    missing = missing.filter((_, place) => found[place]?.exists === false);
  }
}

/** What the transaction fills into a staged memory or entry: all that is small. */
export function flip(document: DocumentData, kind: keyof typeof LARGE): DocumentData {
  const large: readonly string[] = LARGE[kind];
  const small = Object.entries(document).filter(([name]) => !large.includes(name));
  return { ...Object.fromEntries(small), staged: FieldValue.delete() };
}

/** True iff the document is staged: no memory and no entry yet. */
export function isStaged(document: DocumentSnapshot): boolean {
  return stagedMark(document.data()) !== null;
}

/** True iff the document was staged so long ago that no call can be about to use it. */
export function isLeftOver(document: DocumentSnapshot, now: number): boolean {
  const mark = stagedMark(document.data());
  return mark !== null && mark.at.toMillis() + DEFAULTS.STAGING_MS <= now;
}

/** The documents among these that are staged. */
export function stagedAmong(documents: readonly (DocumentSnapshot | undefined)[]): DocumentReference[] {
  return documents.flatMap((document) =>
    document !== undefined && isStaged(document) ? [document.ref] : [],
  );
}

function stagedBy(document: DocumentSnapshot | undefined): string | null {
  return stagedMark(document?.data())?.by ?? null;
}

/** True iff the document is there and is not about to be a memory or an entry. */
function isInUse(document: DocumentSnapshot | undefined): boolean {
  return document?.exists === true && !isStaged(document);
}

function contention(): OperationError {
  return new OperationError('aborted', 'Somebody else adds memories with these ids. Try again.', {
    reason: 'contention',
    collection: 'memories',
  });
}

function pick(document: DocumentData, names: readonly string[]): DocumentData {
  return Object.fromEntries(names.map((name) => [name, document[name]]));
}

function isTaken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === ALREADY_EXISTS;
}
