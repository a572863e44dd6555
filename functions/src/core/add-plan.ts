/** Decides, from what is stored already, which memories of an add are created and which are duplicates. */
import type { AddResult, MemoryInput } from '../contract/types.ts';
import { type Issue, OperationError, ValidationError } from '../errors.ts';
import { contentHash } from './dedupe.ts';
import { type Birth, createMemory, isExpired, lifeFrom, type MemoryRecord } from './memory.ts';

/** One memory that is to be added, with the id that it gets if it is created. */
export interface Addition {
  readonly input: MemoryInput;
  readonly id: string;
}

/** What the transaction found. */
export interface Found {
  /** The memories that have one of the ids, or one of the content hashes, by id. */
  readonly byId: ReadonlyMap<string, MemoryRecord>;
  /** The past of ids whose memory is gone: a deleted memory's history goes on. */
  readonly past: ReadonlyMap<string, Past>;
}

/** What a new memory with an id that was used before comes after. */
export interface Past {
  /** The last version that there was; 0 if there was none. */
  readonly version: number;
  /** The first version of its history: one more than `version` if all of that is over. */
  readonly firstVersion: number;
}

/** What is to be created, and the answer. */
export interface AddPlan {
  readonly created: readonly MemoryRecord[];
  /** The expired memories whose ids are used again. */
  readonly lapsed: readonly MemoryRecord[];
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
  birth: Omit<Birth, 'id' | 'version' | 'firstVersion' | 'place'>,
): AddPlan {
  const living = [...found.byId.values()].filter((record) => !isExpired(record.memory, birth.now));
  const byHash = new Map(living.map((record) => [contentHash(record.memory), record]));
  const byId = new Map(living.map((record) => [record.memory.id, record]));
  const created: MemoryRecord[] = [];
  const results = additions.map(({ input, id }, place): AddResult => {
    const { version: last, firstVersion } = pastOf(id, found);
    const version = last + 1;
    const record = createMemory(input, { ...birth, id, version, ...lifeFrom(firstVersion), place });
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
  const lapsed = created.flatMap(({ memory }) => found.byId.get(memory.id) ?? []);
  return { created, lapsed, results };
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

/** Versions go on in any case, so that `ifVersion` never takes one life for another; the history may not. */
function pastOf(id: string, found: Found): Past {
  const expired = found.byId.get(id)?.memory.version;
  if (expired !== undefined) return { version: expired, firstVersion: expired + 1 };
  return found.past.get(id) ?? { version: 0, firstVersion: 1 };
}

function idTaken(): OperationError {
  return new OperationError('already-exists', 'There is another memory with this id.', {
    reason: 'id-taken',
    collection: 'memories',
  });
}
