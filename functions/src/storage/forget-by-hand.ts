/**
 * What memories leave behind that were changed or deleted by hand: by the console, by the Admin SDK, by Firestore's
 * own deletion of what expires. The operations keep claims and markers for revisions; such a change has none. Their
 * entries still tell of it, until the trigger, or an operation that comes before it, writes them anew.
 */
import { isId } from '../contract/primitives.ts';
import { contentHash } from '../core/dedupe.ts';
import type { MemoryRecord } from '../core/memory.ts';
import { type DocumentSnapshot, FieldPath, type Query, type Transaction } from './database.ts';
import { CONTENT_HASH } from './forget-claim.ts';
import type { SpacePaths } from './paths.ts';

/** A memory whose entry may tell of what it is no more. */
export interface Changed {
  readonly entry: DocumentSnapshot | undefined;
  /** The memory as it is, and as it is to be: what one of them has is not left behind. Null: it is none. */
  readonly states: readonly (MemoryRecord | null)[];
}

/** Something that is left behind: where that is written, and which memories leave it. */
interface Left {
  readonly reference: ReturnType<SpacePaths['claim']>;
  readonly leavers: ReadonlySet<string>;
  /** The entries of memories that have it, and whether one does. */
  readonly holders: Query;
  isHeldBy(entry: DocumentSnapshot): boolean;
}

type Forget = (transaction: Transaction) => void;

/** True iff the entry tells of a content or a session that the memory has lost, so that it takes a lock to change it. */
export function leavesSomething(changed: Changed): boolean {
  return lostContent(changed) !== null || lostSession(changed) !== null;
}

/**
 * Reads what becomes of the claims to contents that the entries still tell of, and of the markers of their sessions,
 * and returns what writes it. Reads nothing where the entries tell of nothing that is over.
 *
 * The transaction holds the claim and the marker, which whoever gets the content or speaks in the session has to
 * write, and the entry of the one memory that is found to have them still, which that has to write in order to leave.
 * So who that is can be asked for outside of it: a query inside would hold up writers of other memories. Measured on
 * the emulator: of other spaces too, for up to 20 s.
 */
export async function forgettingPast(
  transaction: Transaction,
  paths: SpacePaths,
  changed: readonly Changed[],
): Promise<Forget> {
  const claims = leftBehind(changed, lostContent, (hash, leavers) => ({
    reference: paths.claim(hash),
    leavers,
    holders: paths.index.where('contentHash', '==', hash),
    isHeldBy: (entry) => entry.get('contentHash') === hash,
  }));
  const markers = leftBehind(changed, lostSession, (session, leavers) => ({
    reference: paths.session(session),
    leavers,
    holders: paths.index.where('kind', '==', 'message').where('sessionId', '==', session),
    isHeldBy: (entry) => sessionOf(entry) === session,
  }));
  const [first, ...others] = [...claims, ...markers].map(({ reference }) => reference);
  if (first === undefined) return () => undefined;
  const held = await transaction.getAll(first, ...others);
  const found = await Promise.all([
    ...claims.map((left, place) => forgettingClaim(transaction, left, held[place])),
    ...markers.map((left, place) => forgettingMarker(transaction, left, held[claims.length + place])),
  ]);
  return (writer) => {
    for (const forget of found) forget?.(writer);
  };
}

function leftBehind(
  changed: readonly Changed[],
  lost: (changed: Changed) => string | null,
  make: (name: string, leavers: ReadonlySet<string>) => Left,
): Left[] {
  const leavers = new Map<string, Set<string>>();
  for (const one of changed) {
    const name = lost(one);
    if (name === null || one.entry === undefined) continue;
    leavers.set(name, (leavers.get(name) ?? new Set()).add(one.entry.id));
  }
  return [...leavers].map(([name, ids]) => make(name, ids));
}

/** The content hash of the entry, if the memory has another content now. */
function lostContent({ entry, states }: Changed): string | null {
  const stored: unknown = entry?.get('contentHash');
  if (typeof stored !== 'string' || !CONTENT_HASH.test(stored)) return null;
  return states.some((state) => state !== null && contentHash(state.memory) === stored) ? null : stored;
}

/** The session of the entry, if the memory is no turn of it now. */
function lostSession({ entry, states }: Changed): string | null {
  const stored = entry === undefined ? null : sessionOf(entry);
  const isTurn = (state: MemoryRecord | null) =>
    state?.memory.kind === 'message' && state.memory.sessionId === stored;
  return states.some(isTurn) ? null : stored;
}

function sessionOf(entry: DocumentSnapshot): string | null {
  const stored: unknown = entry.get('sessionId');
  return entry.get('kind') === 'message' && isId(stored) ? stored : null;
}

/** A claim goes to another memory that has the content; if there is none, it goes. */
async function forgettingClaim(
  transaction: Transaction,
  left: Left,
  claim: DocumentSnapshot | undefined,
): Promise<Forget | undefined> {
  const claimant: unknown = claim?.get('memoryId');
  if (typeof claimant !== 'string' || !left.leavers.has(claimant)) return undefined;
  const heir = await anotherHolder(transaction, left);
  return heir === null
    ? (writer) => void writer.delete(left.reference)
    : (writer) => void writer.set(left.reference, { memoryId: heir });
}

/**
 * A marker goes with the last turn of its session that has an entry. One that has none yet raises it again once it
 * gets one, and if it is deleted before, nothing would tell of the marker any more.
 */
async function forgettingMarker(
  transaction: Transaction,
  left: Left,
  marker: DocumentSnapshot | undefined,
): Promise<Forget | undefined> {
  if (marker?.exists !== true) return undefined;
  const isOver = (await anotherHolder(transaction, left)) === null;
  return isOver ? (writer) => void writer.delete(left.reference) : undefined;
}

/** The fields that tell what an entry is the holder of. */
const HELD = ['contentHash', 'kind', 'sessionId'];

/**
 * A memory that has it still, as the transaction sees it; null if there is none. The next one by id is looked at
 * first, and those before at last: where many leave at once, each holds the entry of a different one.
 */
async function anotherHolder(
  transaction: Transaction,
  { holders, leavers, isHeldBy }: Left,
): Promise<string | null> {
  const [own = ''] = leavers;
  const ordered = holders.orderBy(FieldPath.documentId()).select();
  for (const side of [ordered.startAfter(own), ordered.endBefore(own)]) {
    for (let page = side; ; ) {
      const { docs } = await page.limit(leavers.size + 1).get();
      for (const { ref, id } of docs) {
        if (leavers.has(id)) continue;
        const [entry] = await transaction.getAll(ref, { fieldMask: HELD });
        if (entry !== undefined && isHeldBy(entry)) return id;
      }
      const last = docs.at(-1);
      if (last === undefined || docs.length <= leavers.size) break;
      page = side.startAfter(last.id);
    }
  }
  return null;
}
