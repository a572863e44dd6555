/** Looks at memories and at what is derived from them, all of it at the moment of one transaction. */
import type { DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';
import { isId } from '../contract/primitives.ts';
import type { DifferenceKind } from '../contract/types.ts';
import { differencesOf, isMendable, needsOf, type Stored } from '../core/difference.ts';
import { StorageError } from '../errors.ts';
import { decodeEntry } from './entry-codec.ts';
import { isPast } from './keeping.ts';
import { type DecodedMemory, decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { LAST_TIME } from './sessions.ts';
import { isLeftOver, isStaged } from './staging.ts';
import type { TransactionReads } from './transaction-reads.ts';

/** The documents of one id. */
export interface Pair {
  readonly id: string;
  /** Undefined where a query did not return it: there is none. */
  readonly memory: DocumentSnapshot | undefined;
  readonly entry: DocumentSnapshot | undefined;
}

/** What was found under one id. */
export interface Look extends Pair {
  readonly decoded: DecodedMemory | null;
  readonly differences: readonly DifferenceKind[];
  /** Whether there is something that mending writes. */
  readonly isMendable: boolean;
  /** The claim and the marker that the memory needs, as they are. */
  readonly claim: DocumentSnapshot | undefined;
  readonly marker: DocumentSnapshot | undefined;
}

/** By what is looked. */
export interface Eyes {
  readonly embedderId: string;
  /** Milliseconds since the epoch: what expired before is the sweeper's. */
  readonly now: number;
}

/** Reads the memories and entries with these ids. An id that is none names nothing that could be mended. */
export async function readPairs(
  reads: TransactionReads,
  paths: SpacePaths,
  ids: readonly string[],
): Promise<Pair[]> {
  const [memories, entries] = await Promise.all([
    reads.documents(ids.map((id) => paths.memories.doc(id))),
    reads.documents(ids.map((id) => paths.index.doc(id))),
  ]);
  return ids.map((id, place) => ({ id, memory: memories[place], entry: entries[place] }));
}

/** Compares each of them, with the claims and markers that it needs read in the same transaction. */
export async function lookAt(
  reads: TransactionReads,
  paths: SpacePaths,
  pairs: readonly Pair[],
  eyes: Eyes,
): Promise<Look[]> {
  return Promise.all(pairs.map((pair) => look(reads, paths, pair, eyes)));
}

async function look(
  reads: TransactionReads,
  paths: SpacePaths,
  pair: Pair,
  { embedderId, now }: Eyes,
): Promise<Look> {
  const { id, memory, entry } = pair;
  const read = readMemory(memory, paths);
  const decoded = 'record' in read ? read : null;
  const { claimPath, markerPath } = needsIn(paths, decoded);
  const [claim, marker] = await Promise.all(
    [claimPath, markerPath].map((path) => (path === null ? undefined : reads.document(path))),
  );
  const differences = differencesOf(
    {
      memory:
        'record' in read
          ? { state: 'sound', record: read.record, complete: read.complete }
          : { state: read.state },
      entry: readEntry(entry, now),
      isOver: isPast(entry?.get('expiresAt'), now),
      isClaimed: claim?.exists === true,
      markedUntil: markedUntil(marker),
    },
    embedderId,
  );
  return {
    ...pair,
    decoded,
    differences,
    isMendable: isId(id) && differences.some(isMendable),
    claim,
    marker,
  };
}

function needsIn(
  paths: SpacePaths,
  decoded: DecodedMemory | null,
): { readonly claimPath: DocumentReference | null; readonly markerPath: DocumentReference | null } {
  if (decoded === null) return { claimPath: null, markerPath: null };
  const { hash, marks } = needsOf(decoded.record.memory);
  const [mark] = marks;
  return { claimPath: paths.claim(hash), markerPath: mark === undefined ? null : paths.session(mark[0]) };
}

function readMemory(
  document: DocumentSnapshot | undefined,
  paths: SpacePaths,
): DecodedMemory | { readonly state: 'absent' | 'staged' | 'damaged' } {
  if (document?.exists !== true) return { state: 'absent' };
  if (isStaged(document)) return { state: 'staged' };
  try {
    return decodeMemory(document, paths) ?? { state: 'absent' };
  } catch (error) {
    if (error instanceof StorageError && error.code === 'data-loss') return { state: 'damaged' };
    throw error;
  }
}

function readEntry(document: DocumentSnapshot | undefined, now: number): Stored['entry'] {
  if (document?.exists !== true) return { state: 'absent' };
  if (isStaged(document)) return { state: isLeftOver(document, now) ? 'damaged' : 'staged' };
  const entry = decodeEntry(document);
  return entry === null ? { state: 'damaged' } : { state: 'sound', entry };
}

/** A marker that is no time is none: the list of sessions does not find it. */
function markedUntil(marker: DocumentSnapshot | undefined): number | null {
  const lastAt: unknown = marker?.get('lastAt');
  return typeof lastAt === 'number' && lastAt <= LAST_TIME ? lastAt : null;
}
