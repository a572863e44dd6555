/**
 * What a memory is and how it changes. Pure: the time, the ids and the actor are passed in, so a
 * transaction that is run again decides the same.
 */
import { DEFAULTS } from '../config.ts';
import type { Memory, MemoryChanges, MemoryInput, TenantSettings } from '../contract/types.ts';

/** What the last change of a memory was. */
export type ChangeKind = 'create' | 'update' | 'restore';

/** A memory together with what only the server needs to know of it. */
export interface MemoryRecord {
  readonly memory: Memory;
  /** Orders turns whose `occurredAt` is equal: milliseconds of creation · 1000 + place in the request. */
  readonly seq: number;
  readonly change: ChangeKind;
  /** The uid behind the last change. */
  readonly changedBy: string;
  /**
   * The version with which its present life began, 1 where it is left out. An id may be used again once what
   * it named was over: what came before is no history of this memory.
   */
  readonly firstVersion?: number;
}

/** Who acts, and when. */
export interface Act {
  /** The uid of the member. */
  readonly actor: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Where a new memory goes, and as what. */
export interface Birth extends Act {
  readonly tenant: string;
  readonly space: string;
  readonly id: string;
  readonly version: number;
  /** See `MemoryRecord.firstVersion`. */
  readonly firstVersion?: number;
  /** Place in the request, 0 … 99. */
  readonly place: number;
}

/** Places of one request within a millisecond of `seq`; above `LIMITS.MAX_BATCH`. */
const PLACES = 1_000;

/** ISO 8601 UTC with milliseconds, the one form in which times are stored, compared and sent. */
export function toIso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** The order of the memory within all that were created, see `MemoryRecord.seq`. Below 2^53 until 2255. */
export function seqOf(now: number, place: number): number {
  return now * PLACES + place;
}

/** What a caller said of a memory or a record, with the tenant's expiry where it said nothing of one. */
export function withRetention<T extends Pick<MemoryInput, 'expiresAt' | 'ttlSeconds'>>(
  input: T,
  { defaultTtlSeconds }: Pick<TenantSettings, 'defaultTtlSeconds'>,
): T {
  const isSaid = input.expiresAt !== undefined || input.ttlSeconds !== undefined;
  return isSaid || defaultTtlSeconds === null ? input : { ...input, ttlSeconds: defaultTtlSeconds };
}

/** Makes a memory out of what a caller said of it. */
export function createMemory(input: MemoryInput, birth: Birth): MemoryRecord {
  const createdAt = toIso(birth.now);
  return {
    memory: {
      id: birth.id,
      tenant: birth.tenant,
      space: birth.space,
      kind: input.kind ?? DEFAULTS.KIND,
      text: input.text,
      ...present(input, 'role', 'sessionId', 'agentId', 'persona', 'source'),
      tags: distinct(input.tags),
      metadata: { ...input.metadata },
      importance: input.importance ?? DEFAULTS.IMPORTANCE,
      occurredAt: input.occurredAt === undefined ? createdAt : toIso(Date.parse(input.occurredAt)),
      createdAt,
      updatedAt: createdAt,
      expiresAt: expiry(input, birth.now) ?? null,
      createdBy: birth.actor,
      version: birth.version,
    },
    seq: seqOf(birth.now, birth.place),
    change: 'create',
    changedBy: birth.actor,
    ...lifeFrom(birth.firstVersion),
  };
}

/** Applies the changes of an update; `null` clears an optional field or restores its default. */
export function changeMemory(record: MemoryRecord, changes: MemoryChanges, act: Act): MemoryRecord {
  const { memory } = record;
  const { role, sessionId, agentId, persona, source, ...required } = memory;
  return {
    memory: {
      ...required,
      ...present({ ...memory, ...changes }, ...OPTIONAL),
      ...present(changes, 'text', 'kind'),
      tags: changes.tags === undefined ? memory.tags : distinct(changes.tags ?? []),
      metadata: changes.metadata === undefined ? memory.metadata : { ...changes.metadata },
      importance:
        changes.importance === undefined ? memory.importance : (changes.importance ?? DEFAULTS.IMPORTANCE),
      occurredAt:
        changes.occurredAt === undefined ? memory.occurredAt : toIso(Date.parse(changes.occurredAt)),
      expiresAt: expiry(changes, act.now) ?? (changes.expiresAt === null ? null : memory.expiresAt),
      updatedAt: toIso(Math.max(act.now, Date.parse(memory.updatedAt))),
      version: memory.version + 1,
    },
    seq: record.seq,
    change: 'update',
    changedBy: act.actor,
    ...lifeFrom(record.firstVersion),
  };
}

/** Brings `past` back as the version after `last`, the number with which its history ends. */
export function restoreMemory(past: MemoryRecord, last: number, act: Act): MemoryRecord {
  return {
    memory: { ...past.memory, updatedAt: toIso(act.now), version: last + 1 },
    seq: past.seq,
    change: 'restore',
    changedBy: act.actor,
    ...lifeFrom(past.firstVersion),
  };
}

/** True iff the memory is absent from every read at this time, though it may still be stored. */
export function isExpired(memory: { readonly expiresAt: string | null }, now: number): boolean {
  return memory.expiresAt !== null && Date.parse(memory.expiresAt) <= now;
}

/** The field that says with which version a life began, where that is not the first of all. */
export function lifeFrom(firstVersion: number | undefined): Pick<MemoryRecord, 'firstVersion'> {
  return firstVersion === undefined || firstVersion === 1 ? {} : { firstVersion };
}

const OPTIONAL = ['role', 'sessionId', 'agentId', 'persona', 'source'] as const;

/** Picks the named fields that have a value: neither absent nor cleared by `null`. */
function present<T extends object, K extends keyof T>(
  from: T,
  ...names: readonly K[]
): { [P in K]?: NonNullable<T[P]> } {
  const picked: { [P in K]?: NonNullable<T[P]> } = {};
  for (const name of names) {
    const value = from[name];
    if (value !== undefined && value !== null) picked[name] = value as NonNullable<T[K]>;
  }
  return picked;
}

/** The time of the wire at which what a caller says of an expiry comes, or undefined if it says nothing. */
export function expiry(
  input: { expiresAt?: string | null; ttlSeconds?: number },
  now: number,
): string | undefined {
  if (input.ttlSeconds !== undefined) return toIso(now + Math.round(input.ttlSeconds * 1_000));
  if (typeof input.expiresAt === 'string') return toIso(Date.parse(input.expiresAt));
  return undefined;
}

function distinct(tags: readonly string[] | undefined): string[] {
  return [...new Set(tags)];
}
