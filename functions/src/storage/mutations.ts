/** What each mutation reads and decides inside the one write path. */
import { isId } from '../contract/primitives.ts';
import type { MemoryAddResponse, MemoryChanges } from '../contract/types.ts';
import { type Addition, type Found, type Past, planAdd } from '../core/add-plan.ts';
import { contentHash } from '../core/dedupe.ts';
import { textToEmbed } from '../core/index-plan.ts';
import { changeMemory, createMemory, isExpired, type MemoryRecord } from '../core/memory.ts';
import { memoryNotFound } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { encodeLapse, readPast } from './revisions.ts';
import type { TransactionReads } from './transaction-reads.ts';
import { refuseOtherVersion } from './versions.ts';
import type { Decision, MemoryChange } from './write-path.ts';

/** Firestore's limit of values in one `in` condition. */
const IN_LIMIT = 30;

/** Adds memories, or answers with those that are there already, whoever wrote them and when. */
export async function decideAdd(
  reads: TransactionReads,
  paths: SpacePaths,
  request: { readonly additions: readonly Addition[]; readonly dedupe: 'exact' | 'off' },
  call: CallContext,
): Promise<Decision<MemoryAddResponse['results']>> {
  const { additions, dedupe } = request;
  const chosen = additions.filter(({ input }) => input.id !== undefined).map(({ id }) => id);
  const [twins] = await Promise.all([
    dedupe === 'exact' ? readTwins(reads, paths, contentHashes(paths, additions, call), call) : [],
    reads.documents(chosen.map(paths.memory)),
  ]);
  const byId = await readMemories(reads, paths, [...new Set([...chosen, ...twins])]);
  const gone = chosen.filter((id) => !byId.has(id));
  const pasts = gone.map(async (id): Promise<[string, Past]> => [id, await readPast(reads, paths, id, call)]);
  const found: Found = { byId, past: new Map(await Promise.all(pasts)) };
  const { created, lapsed, results } = planAdd(additions, found, dedupe, birthOf(paths, call));
  return {
    changes: creations(created),
    answer: results,
    also: (transaction) => {
      for (const record of lapsed) {
        const { id, version } = record.memory;
        // Without earlier versions there is nothing for the sweeper to remove.
        if (version === (record.firstVersion ?? 1)) continue;
        transaction.set(paths.revision(id, version), encodeLapse(record));
      }
    },
  };
}

/**
 * Decides an add on the presumption that none of its contents is in the space. Only for memories whose ids
 * were made up for them, and for a commit that fails where the presumption is wrong.
 */
export function presumeAdd(
  paths: SpacePaths,
  request: { readonly additions: readonly Addition[]; readonly dedupe: 'exact' | 'off' },
  call: CallContext,
): Decision<MemoryAddResponse['results']> {
  const nothing: Found = { byId: new Map(), past: new Map() };
  const { created, results } = planAdd(request.additions, nothing, request.dedupe, birthOf(paths, call));
  return { changes: creations(created), answer: results };
}

function creations(created: readonly MemoryRecord[]): MemoryChange[] {
  return created.map((after) => ({ id: after.memory.id, before: null, after }));
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

/**
 * Ids of memories that have one of the contents. Whoever gives a memory a content leaves a claim to it in the
 * same commit: where there is no claim, nobody has the content. A claim names the last one who had it. If that
 * is gone or has changed since, the index is asked whether another one is left; this query locks the
 * collection on the emulator, so it is not asked of every add.
 */
async function readTwins(
  reads: TransactionReads,
  paths: SpacePaths,
  hashes: readonly string[],
  call: CallContext,
): Promise<string[]> {
  const claims = await reads.documents(hashes.map(paths.claim));
  const claimants = claims.map((claim) => {
    const id: unknown = claim.get('memoryId');
    return typeof id === 'string' && isId(id) ? id : null;
  });
  const named = claimants.filter((id) => id !== null);
  const byId = await readMemories(reads, paths, [...new Set(named)]);
  const stale = hashes.filter((hash, place) => {
    const record = byId.get(claimants[place] ?? '');
    const holds = record !== undefined && !isExpired(record.memory, call.now);
    return claims[place]?.exists === true && !(holds && contentHash(record.memory) === hash);
  });
  const pages = await Promise.all(
    Array.from({ length: Math.ceil(stale.length / IN_LIMIT) }, (_, n) => {
      const chunk = stale.slice(n * IN_LIMIT, (n + 1) * IN_LIMIT);
      return reads.query(paths.index.where('contentHash', 'in', chunk).select());
    }),
  );
  return [...named, ...pages.flatMap(({ docs }) => docs.map(({ id }) => id))];
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
