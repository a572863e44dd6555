/**
 * What a memory leaves behind that was changed or deleted by hand: by the console, by the Admin SDK, by Firestore's
 * own deletion of what expires. The operations keep claims and markers for its revisions; such a change has none.
 */
import { isId } from '../contract/primitives.ts';
import { contentHash } from '../core/dedupe.ts';
import type { MemoryRecord } from '../core/memory.ts';
import type { DocumentSnapshot, Transaction } from './database.ts';
import { CONTENT_HASH } from './forget-claim.ts';
import type { SpacePaths } from './paths.ts';

type Forget = (transaction: Transaction) => void;

/**
 * Reads what becomes of the claim to the content that the entry still tells of, and of the marker of its session, and
 * returns what writes it. The transaction holds the claim and the marker, which whoever gets the content or speaks in
 * the session has to write. So what they have done before can be asked for outside of it: a query inside would hold
 * up writers of other memories. Measured on the emulator: of other spaces too, for up to 20 s.
 * @param after the memory as it is now; null if it is none
 */
export async function forgettingPast(
  transaction: Transaction,
  paths: SpacePaths,
  entry: DocumentSnapshot,
  after: MemoryRecord | null,
): Promise<Forget> {
  const hash = lostContent(entry, after);
  const session = lostSession(entry, after);
  const references = [
    ...(hash === null ? [] : [paths.claim(hash)]),
    ...(session === null ? [] : [paths.session(session)]),
  ];
  const [first, ...others] = references;
  if (first === undefined) return () => undefined;
  const held = await transaction.getAll(first, ...others);
  const found = await Promise.all([
    hash === null ? undefined : forgettingClaim(paths, entry.id, hash, held[0]),
    session === null ? undefined : forgettingMarker(paths, entry.id, session, held.at(-1)),
  ]);
  return (writer) => {
    for (const forget of found) forget?.(writer);
  };
}

/** The content hash of the entry, if the memory has another content now. */
function lostContent(entry: DocumentSnapshot, after: MemoryRecord | null): string | null {
  const stored: unknown = entry.get('contentHash');
  if (typeof stored !== 'string' || !CONTENT_HASH.test(stored)) return null;
  return after !== null && contentHash(after.memory) === stored ? null : stored;
}

/** The session of the entry, if the memory is no turn of it now. */
function lostSession(entry: DocumentSnapshot, after: MemoryRecord | null): string | null {
  const stored: unknown = entry.get('sessionId');
  if (entry.get('kind') !== 'message' || typeof stored !== 'string' || !isId(stored)) return null;
  const isSame = after?.memory.kind === 'message' && after.memory.sessionId === stored;
  return isSame ? null : stored;
}

/** A claim goes to another memory that has the content; if there is none, it goes. */
async function forgettingClaim(
  paths: SpacePaths,
  id: string,
  hash: string,
  claim: DocumentSnapshot | undefined,
): Promise<Forget | undefined> {
  if (claim?.get('memoryId') !== id) return undefined;
  const { docs } = await paths.index.where('contentHash', '==', hash).select().limit(2).get();
  const heir = docs.find((entry) => entry.id !== id);
  return heir === undefined
    ? (transaction) => void transaction.delete(claim.ref)
    : (transaction) => void transaction.set(claim.ref, { memoryId: heir.id });
}

/**
 * A marker goes with the last turn of its session that has an entry. One that has none yet raises it again once it
 * gets one, and if it is deleted before, nothing would tell of the marker any more.
 */
async function forgettingMarker(
  paths: SpacePaths,
  id: string,
  session: string,
  marker: DocumentSnapshot | undefined,
): Promise<Forget | undefined> {
  if (marker?.exists !== true) return undefined;
  const turns = paths.index.where('kind', '==', 'message').where('sessionId', '==', session);
  const { docs } = await turns.select().limit(2).get();
  const isOver = docs.every((turn) => turn.id === id);
  return isOver ? (transaction) => void transaction.delete(marker.ref) : undefined;
}
