/** Decides, from what is stored already, which memories of an add are created and which are duplicates. */
import type { AddResult, MemoryInput } from '../contract/types.ts';
import { type Issue, OperationError, ValidationError } from '../errors.ts';
import { contentHash } from './dedupe.ts';
import { type Birth, createMemory, isExpired, type MemoryRecord } from './memory.ts';

/** One memory that is to be added, with the id that it gets if it is created. */
export interface Addition {
  readonly input: MemoryInput;
  readonly id: string;
}

/** What the transaction found. */
export interface Found {
  /** The memories that have one of the ids, or one of the content hashes, by id. */
  readonly byId: ReadonlyMap<string, MemoryRecord>;
  /** Version of the last revision of an id whose memory is gone: a deleted memory's history goes on. */
  readonly lastVersion: ReadonlyMap<string, number>;
}

/** What is to be created, and the answer. */
export interface AddPlan {
  readonly created: readonly MemoryRecord[];
  readonly results: AddResult[];
}

/**
 * Decides an add. A duplicate is a memory of the space that is not expired and has the same content, also
 * one earlier in the same request, whatever id the caller chose for it: the answer names the one there is.
 * @throws OperationError (`already-exists`) if an id is taken by another content: nothing is overwritten
 */
export function planAdd(
  additions: readonly Addition[],
  found: Found,
  dedupe: 'exact' | 'off',
  birth: Omit<Birth, 'id' | 'version' | 'place'>,
): AddPlan {
  const living = [...found.byId.values()].filter((record) => !isExpired(record.memory, birth.now));
  const byHash = new Map(living.map((record) => [contentHash(record.memory), record]));
  const byId = new Map(living.map((record) => [record.memory.id, record]));
  const created: MemoryRecord[] = [];
  const results = additions.map(({ input, id }, place): AddResult => {
    const version = nextVersion(id, found);
    const record = createMemory(input, { ...birth, id, version, place });
    const hash = contentHash(record.memory);
    const twin = dedupe === 'exact' ? byHash.get(hash) : undefined;
    if (twin !== undefined) {
      return { id: twin.memory.id, version: twin.memory.version, outcome: 'duplicate' };
    }
    if (byId.has(id)) throw idTaken();
    byId.set(id, record);
    byHash.set(hash, record);
    created.push(record);
    return { id, version, outcome: 'created' };
  });
  return { created, results };
}

/**
 * Refuses two additions that name the same id.
 * @throws ValidationError (`invalid-argument`, code `repeated_id`)
 */
export function refuseRepeatedIds(inputs: readonly MemoryInput[], path: string): void {
  const seen = new Set<string>();
  const issues: Issue[] = [];
  for (const [place, { id }] of inputs.entries()) {
    if (id === undefined) continue;
    if (seen.has(id)) issues.push({ path: `${path}.${place}.id`, code: 'repeated_id' });
    seen.add(id);
  }
  if (issues.length > 0) throw new ValidationError(issues);
}

/** 1, or one more than what an expired memory or the history of a deleted one ended with. */
function nextVersion(id: string, found: Found): number {
  const last = found.byId.get(id)?.memory.version ?? found.lastVersion.get(id) ?? 0;
  return last + 1;
}

function idTaken(): OperationError {
  return new OperationError('already-exists', 'There is another memory with this id.', {
    reason: 'id-taken',
    collection: 'memories',
  });
}
