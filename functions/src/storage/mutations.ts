/** What each mutation reads and decides inside the one write path. */
import { isId } from '../contract/primitives.ts';
import type { MemoryAddResponse, MemoryChanges } from '../contract/types.ts';
import { type Addition, type Found, planAdd } from '../core/add-plan.ts';
import { contentHash } from '../core/dedupe.ts';
import { textToEmbed } from '../core/index-plan.ts';
import { changeMemory, createMemory, isExpired, type MemoryRecord } from '../core/memory.ts';
import { memoryNotFound } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { lastVersion } from './revisions.ts';
import type { TransactionReads } from './transaction-reads.ts';
import { refuseOtherVersion } from './versions.ts';
import type { Decision } from './write-path.ts';

/** Firestore's limit of values in one `in` condition. */
const IN_LIMIT = 30;

/**
 * Adds memories, or answers with those that are there already. `twins` are the ids that `findTwins` found:
 * whoever adds the same content meanwhile leaves a claim, which is read here, inside the transaction.
 */
export async function decideAdd(
  reads: TransactionReads,
  paths: SpacePaths,
  request: {
    readonly additions: readonly Addition[];
    readonly dedupe: 'exact' | 'off';
    readonly twins: Promise<readonly string[]>;
  },
  call: CallContext,
): Promise<Decision<MemoryAddResponse['results']>> {
  const { additions, dedupe } = request;
  const chosen = additions.filter(({ input }) => input.id !== undefined).map(({ id }) => id);
  const [claimed, twins] = await Promise.all([
    dedupe === 'exact' ? readClaims(reads, paths, contentHashes(paths, additions, call)) : [],
    request.twins,
    reads.documents(chosen.map(paths.memory)),
  ]);
  const wanted = [...new Set([...chosen, ...claimed, ...twins])];
  const byId = await readMemories(reads, paths, wanted);
  const gone = chosen.filter((id) => !byId.has(id));
  const ended = gone.map(async (id): Promise<[string, number]> => [id, await lastVersion(reads, paths, id)]);
  const found: Found = { byId, lastVersion: new Map(await Promise.all(ended)) };
  const { created, results } = planAdd(additions, found, dedupe, birthOf(paths, call));
  const changes = created.map((after) => ({ id: after.memory.id, before: null, after }));
  return { changes, claims: dedupe === 'exact' ? created : [], answer: results };
}

/**
 * Makes the decision of an add safe to run again. Firestore runs a transaction again when the answer to its
 * commit was lost, though it may have been applied: then the ids that were made up for it, which nobody else
 * can have used, are there, or their history is. The answer is what was decided before, and nothing is written:
 * what others made of the memories since then stays.
 */
export function addOnce<R>(
  decide: (reads: TransactionReads) => Promise<Decision<R>>,
  paths: SpacePaths,
  additions: readonly Addition[],
): (reads: TransactionReads) => Promise<Decision<R>> {
  const madeUp = new Set(additions.filter(({ input }) => input.id === undefined).map(({ id }) => id));
  let last: Decision<R> | null = null;
  return async (reads) => {
    const own = last?.changes.find(({ id }) => madeUp.has(id))?.id;
    if (last !== null && own !== undefined && (await isKnown(reads, paths, own))) {
      return { changes: [], answer: last.answer };
    }
    last = await decide(reads);
    return last;
  };
}

async function isKnown(reads: TransactionReads, paths: SpacePaths, id: string): Promise<boolean> {
  const memory = await reads.document(paths.memory(id));
  return memory.exists || (await lastVersion(reads, paths, id)) > 0;
}

/**
 * Ids of the memories that the index knows under the content of one of the additions. Read outside of the
 * transaction: measured on the emulator, 50 concurrent adds of different texts took 19 s with the query
 * inside, since it locks the whole collection there, and 0.1 s without.
 */
export async function findTwins(
  paths: SpacePaths,
  additions: readonly Addition[],
  call: CallContext,
): Promise<string[]> {
  const hashes = contentHashes(paths, additions, call);
  const chunks = Array.from({ length: Math.ceil(hashes.length / IN_LIMIT) }, (_, n) =>
    hashes.slice(n * IN_LIMIT, (n + 1) * IN_LIMIT),
  );
  const pages = await Promise.all(
    chunks.map((chunk) => paths.index.where('contentHash', 'in', chunk).select().get()),
  );
  return pages.flatMap((page) => page.docs.map((entry) => entry.id));
}

/** The texts that an add will have to embed. */
export function foreseeAdd(paths: SpacePaths, additions: readonly Addition[], call: CallContext): string[] {
  const birth = { ...birthOf(paths, call), version: 1, place: 0 };
  return additions.map(({ input, id }) => textToEmbed(createMemory(input, { ...birth, id }).memory));
}

/**
 * The text that an update will have to embed, as far as it can be told without reading the memory: where the
 * index should ever embed more than the text, the transaction finds the vector missing and asks for it.
 */
export function foreseeUpdate({ text }: MemoryChanges): string[] {
  return text === undefined ? [] : [text];
}

/** Changes a memory. */
export async function decideUpdate(
  reads: TransactionReads,
  paths: SpacePaths,
  request: { readonly id: string; readonly changes: MemoryChanges; readonly ifVersion?: number },
  call: CallContext,
): Promise<Decision<MemoryRecord['memory']>> {
  const before = await readLiving(reads, paths, request, call);
  const after = changeMemory(before, request.changes, call);
  return { changes: [{ id: request.id, before, after }], answer: after.memory };
}

/** Deletes a memory. */
export async function decideDelete(
  reads: TransactionReads,
  paths: SpacePaths,
  request: { readonly id: string; readonly ifVersion?: number },
  call: CallContext,
): Promise<Decision<{ id: string; version: number }>> {
  const before = await readLiving(reads, paths, request, call);
  return {
    changes: [{ id: request.id, before, after: null }],
    answer: { id: request.id, version: before.memory.version + 1 },
  };
}

function birthOf(paths: SpacePaths, call: CallContext) {
  return { actor: call.actor, now: call.now, tenant: paths.tenantId, space: paths.spaceId };
}

function contentHashes(paths: SpacePaths, additions: readonly Addition[], call: CallContext): string[] {
  const birth = { ...birthOf(paths, call), version: 1, place: 0 };
  const hashes = additions.map(({ input, id }) => contentHash(createMemory(input, { ...birth, id }).memory));
  return [...new Set(hashes)];
}

/** The memories that claim one of the contents; whether they still have it is for the plan to see. */
async function readClaims(
  reads: TransactionReads,
  paths: SpacePaths,
  hashes: readonly string[],
): Promise<string[]> {
  const claims = await reads.documents(hashes.map(paths.claim));
  return claims.flatMap((claim) => {
    const id: unknown = claim.get('memoryId');
    return typeof id === 'string' && isId(id) ? [id] : [];
  });
}

async function readMemories(
  reads: TransactionReads,
  paths: SpacePaths,
  ids: readonly string[],
): Promise<Map<string, MemoryRecord>> {
  const snapshots = await reads.documents(ids.map(paths.memory));
  return new Map(
    snapshots.flatMap((snapshot): [string, MemoryRecord][] => {
      const decoded = decodeMemory(snapshot, paths);
      return decoded === null ? [] : [[snapshot.id, decoded.record]];
    }),
  );
}

async function readLiving(
  reads: TransactionReads,
  paths: SpacePaths,
  request: { readonly id: string; readonly ifVersion?: number },
  call: CallContext,
): Promise<MemoryRecord> {
  const decoded = decodeMemory(await reads.document(paths.memory(request.id)), paths);
  if (decoded === null || isExpired(decoded.record.memory, call.now)) throw memoryNotFound();
  refuseOtherVersion(request.ifVersion, decoded.record.memory.version);
  return decoded.record;
}
