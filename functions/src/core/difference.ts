/**
 * What differs between a memory and what is derived from it, by kind: pure, and built on the same plans as the
 * write path and the trigger, so that what they write is never a difference.
 */
import type { DifferenceKind, Memory } from '../contract/types.ts';
import { contentHash } from './dedupe.ts';
import { type Embeddings, type IndexEntry, type Indexed, planIndex } from './index-plan.ts';
import { type SessionMark, sessionMark } from './session-mark.ts';

/** A document as it was found. `staged`: part of an add that is under way, and nothing yet. */
export type Found<T> =
  | { readonly state: 'absent' | 'staged' | 'damaged' }
  | ({ readonly state: 'sound' } & T);

/** What is stored of one memory, all of it read at one moment. */
export interface Stored {
  /** `complete`: no field is missing that the service fills in. */
  readonly memory: Found<{ readonly record: Indexed; readonly complete: boolean }>;
  readonly entry: Found<{ readonly entry: IndexEntry }>;
  /** The entry is of a memory whose time is over: the sweeper removes it with all that is left. */
  readonly isOver: boolean;
  /** Whether there is a claim to the content of the memory. */
  readonly isClaimed: boolean;
  /** Milliseconds since the epoch up to which the session of the memory is marked; null if it is not. */
  readonly markedUntil: number | null;
}

/** The claim that the content of a memory needs, as its hash, and the marks that its session needs. */
export function needsOf(memory: Memory): { readonly hash: string; readonly marks: readonly SessionMark[] } {
  const { kind, sessionId = null, occurredAt } = memory;
  return { hash: contentHash(memory), marks: sessionMark({ kind, sessionId, occurredAt }, null) };
}

/** What differs; empty iff nothing has to be written. A memory that is staged differs from nothing. */
export function differencesOf(stored: Stored, embedderId: string): DifferenceKind[] {
  const { memory, entry } = stored;
  if (memory.state === 'staged') return [];
  if (memory.state !== 'sound') {
    const isDamaged = memory.state === 'damaged';
    // What is staged, or over, is removed by whoever staged it, or by the sweeper.
    const isLeft = entry.state !== 'absent' && (isDamaged || (entry.state !== 'staged' && !stored.isOver));
    return [...flag(isDamaged, 'damaged-memory'), ...flag(isLeft, 'orphan-entry')];
  }
  const { marks } = needsOf(memory.record.memory);
  const isMarked = marks.every(([, lastAt]) => stored.markedUntil !== null && stored.markedUntil >= lastAt);
  return [
    ...flag(!memory.complete, 'incomplete-memory'),
    ...entryDifference(memory.record, entry, embedderId),
    ...flag(!stored.isClaimed, 'missing-claim'),
    ...flag(!isMarked, 'missing-marker'),
  ];
}

function entryDifference(record: Indexed, found: Stored['entry'], embedderId: string): DifferenceKind[] {
  if (found.state === 'absent') return ['missing-entry'];
  if (found.state !== 'sound') return ['damaged-entry'];
  const { entry } = found;
  const nothing: Embeddings = { embedderId, of: () => undefined };
  if (planIndex(record, entry, nothing).action !== 'none') return ['stale-entry'];
  // It says that it reflects the memory. What it would be, derived once more from the vector that it has:
  const again = planIndex(record, { ...entry, fingerprint: '' }, nothing);
  return again.action === 'write' && isAlike(again.entry, entry) ? [] : ['damaged-entry'];
}

/** Beyond what rounding changes when a vector is brought to length 1 once more. */
const TOLERANCE = 1e-6;

/** True iff both have the same content; numbers of a vector may differ by rounding. */
export function isAlike(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= TOLERANCE;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [names, others] = [Object.keys(a), Object.keys(b)];
  return (
    names.length === others.length &&
    names.every((name) => isAlike(Reflect.get(a, name), Reflect.get(b, name)))
  );
}

function flag(isSo: boolean, kind: DifferenceKind): DifferenceKind[] {
  return isSo ? [kind] : [];
}

/** What a walk over memories has come to. */
export interface Tally {
  /** Memories, and entries, that were looked at. */
  readonly memories: number;
  readonly entries: number;
  /** How many differences of each kind were found; kinds without any are left out. */
  readonly differences: Readonly<Partial<Record<DifferenceKind, number>>>;
  /** How many of them were mended. */
  readonly mended: number;
}

/** Nothing looked at yet. */
export const NOTHING_FOUND: Tally = { memories: 0, entries: 0, differences: {}, mended: 0 };

/** True iff mending writes something: a damaged memory has to be mended by a person. */
export function isMendable(kind: DifferenceKind): boolean {
  return kind !== 'damaged-memory';
}

/** Adds up two tallies. */
export function addTallies(a: Tally, b: Tally): Tally {
  const differences = { ...a.differences };
  for (const [kind, n] of countsOf(b.differences)) differences[kind] = (differences[kind] ?? 0) + n;
  const { memories, entries, mended } = b;
  return {
    memories: a.memories + memories,
    entries: a.entries + entries,
    differences,
    mended: a.mended + mended,
  };
}

/** A tally of differences alone. `isMended` says whether those were mended that can be. */
export function tallyOf(kinds: readonly DifferenceKind[], isMended: boolean): Tally {
  const differences: Partial<Record<DifferenceKind, number>> = {};
  for (const kind of kinds) differences[kind] = (differences[kind] ?? 0) + 1;
  return { ...NOTHING_FOUND, differences, mended: isMended ? kinds.filter(isMendable).length : 0 };
}

/** The number of all differences, of whatever kind. */
export function differenceCount({ differences }: Pick<Tally, 'differences'>): number {
  return countsOf(differences).reduce((sum, [, n]) => sum + n, 0);
}

function countsOf(differences: Tally['differences']): [DifferenceKind, number][] {
  return Object.entries(differences) as [DifferenceKind, number][];
}
