/** What each mutation reads and decides inside the one write path. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import type { MemoryAddResponse, MemoryChanges, MemoryInput } from '../contract/types.ts';
import { type Addition, type Found, planAdd } from '../core/add-plan.ts';
import { contentHash } from '../core/dedupe.ts';
import { textToEmbed } from '../core/index-plan.ts';
import { changeMemory, createMemory, isExpired, type MemoryRecord } from '../core/memory.ts';
import { memoryNotFound, OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Transaction } from './database.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import type { Decision } from './write-path.ts';

/** Firestore's limit of values in one `in` condition. */
const IN_LIMIT = 30;

/** Adds memories, or answers with those that are there already. */
export async function decideAdd(
  transaction: Transaction,
  paths: SpacePaths,
  additions: readonly Addition[],
  dedupe: 'exact' | 'off',
  call: CallContext,
): Promise<Decision<MemoryAddResponse['results']>> {
  const birth = { actor: call.actor, now: call.now, tenant: paths.tenantId, space: paths.spaceId };
  const chosen = additions.filter(({ input }) => input.id !== undefined).map(({ id }) => id);
  const twins = dedupe === 'exact' ? await findTwins(transaction, paths, additions, birth) : [];
  const wanted = [...new Set([...chosen, ...twins])];
  const byId = await readMemories(transaction, paths, wanted);
  const gone = chosen.filter((id) => !byId.has(id));
  const found: Found = { byId, lastVersion: await readLastVersions(transaction, paths, gone) };
  const { created, results } = planAdd(additions, found, dedupe, birth);
  const changes = created.map((after) => ({ id: after.memory.id, before: null, after }));
  return { changes, answer: results };
}

/** The texts that an add will have to embed. */
export function foreseeAdd(paths: SpacePaths, additions: readonly Addition[], call: CallContext): string[] {
  const birth = { actor: call.actor, now: call.now, tenant: paths.tenantId, space: paths.spaceId };
  return additions.map(({ input, id }) =>
    textToEmbed(createMemory(input, { ...birth, id, version: 1, place: 0 }).memory),
  );
}

/** The text that an update will most likely have to embed: the memory may still change before it. */
export async function foreseeUpdate(
  paths: SpacePaths,
  request: { readonly id: string; readonly changes: MemoryChanges },
  call: CallContext,
): Promise<string[]> {
  if (request.changes.text === undefined) return [];
  const decoded = decodeMemory(await paths.memory(request.id).get(), paths);
  return decoded === null ? [] : [textToEmbed(changeMemory(decoded.record, request.changes, call).memory)];
}

/** Changes a memory. */
export async function decideUpdate(
  transaction: Transaction,
  paths: SpacePaths,
  request: { readonly id: string; readonly changes: MemoryChanges; readonly ifVersion?: number },
  call: CallContext,
): Promise<Decision<MemoryRecord['memory']>> {
  const before = await readLiving(transaction, paths, request, call);
  const after = changeMemory(before, request.changes, call);
  return { changes: [{ id: request.id, before, after }], answer: after.memory };
}

/** Deletes a memory. */
export async function decideDelete(
  transaction: Transaction,
  paths: SpacePaths,
  request: { readonly id: string; readonly ifVersion?: number },
  call: CallContext,
): Promise<Decision<{ id: string; version: number }>> {
  const before = await readLiving(transaction, paths, request, call);
  return {
    changes: [{ id: request.id, before, after: null }],
    answer: { id: request.id, version: before.memory.version + 1 },
  };
}

/** Ids of the memories that the index knows under the content hash of one of the additions. */
async function findTwins(
  transaction: Transaction,
  paths: SpacePaths,
  additions: readonly Addition[],
  birth: { actor: string; now: number; tenant: string; space: string },
): Promise<string[]> {
  const hashOf = (input: MemoryInput) =>
    contentHash(createMemory(input, { ...birth, id: 'unused', version: 1, place: 0 }).memory);
  const hashes = [...new Set(additions.map(({ input }) => hashOf(input)))];
  const ids: string[] = [];
  for (let start = 0; start < hashes.length; start += IN_LIMIT) {
    const query = paths.index.where('contentHash', 'in', hashes.slice(start, start + IN_LIMIT)).select();
    const page = await transaction.get(query);
    ids.push(...page.docs.map((entry) => entry.id));
  }
  return ids;
}

async function readMemories(
  transaction: Transaction,
  paths: SpacePaths,
  ids: readonly string[],
): Promise<Map<string, MemoryRecord>> {
  if (ids.length === 0) return new Map();
  const snapshots = await transaction.getAll(...ids.map(paths.memory));
  return new Map(
    snapshots.flatMap((snapshot): [string, MemoryRecord][] => {
      const decoded = decodeMemory(snapshot, paths);
      return decoded === null ? [] : [[snapshot.id, decoded.record]];
    }),
  );
}

/** The version with which the history of each deleted memory ended. */
async function readLastVersions(
  transaction: Transaction,
  paths: SpacePaths,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const versions = await Promise.all(
    ids.map(async (id): Promise<[string, unknown][]> => {
      const last = await transaction.get(paths.revisions(id).orderBy('version', 'desc').limit(1));
      return last.docs.map((revision: DocumentSnapshot) => [id, revision.get('version')]);
    }),
  );
  return new Map(versions.flat().filter((pair): pair is [string, number] => typeof pair[1] === 'number'));
}

async function readLiving(
  transaction: Transaction,
  paths: SpacePaths,
  request: { readonly id: string; readonly ifVersion?: number },
  call: CallContext,
): Promise<MemoryRecord> {
  const decoded = decodeMemory(await transaction.get(paths.memory(request.id)), paths);
  if (decoded === null || isExpired(decoded.record.memory, call.now)) throw memoryNotFound();
  if (request.ifVersion !== undefined && request.ifVersion !== decoded.record.memory.version) {
    throw new OperationError('aborted', 'The memory has changed since you read it. Read it again.', {
      reason: 'version-mismatch',
      collection: 'memories',
    });
  }
  return decoded.record;
}
