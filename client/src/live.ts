/** Live reads: straight from Firestore, under its security rules, without a callable in between. */
import {
  collection,
  type Firestore,
  limit,
  onSnapshot,
  orderBy,
  type QueryConstraint,
  query,
  where,
} from 'firebase/firestore';
import type { Memory } from '../../functions/src/contract/types.ts';
import { type FirememoryError, invalidRequest, liveError } from './errors.ts';
import { LiveWindow, SYSTEM_CLOCK } from './live-window.ts';
import { signedInUid } from './signed-in.ts';
import { memoryFromDocument } from './stored-memory.ts';
import { checkedId } from './wire.ts';

/** Which memories a live read shows. */
export interface LiveOptions {
  /** The signed-in user's personal space by default. */
  space?: string | undefined;
  kind?: string | undefined;
  sessionId?: string | undefined;
  /** 1 … 100, 20 by default: how many of the newest are looked at, before expired ones are left out. */
  limit?: number | undefined;
}

/** Takes the error that ended a live read. */
export type OnError = (error: FirememoryError) => void;

/**
 * Shows the newest memories, by `createdAt` descending, at once and again with every change, until the
 * function that it returns is called or an error ends it. Expired memories are absent and drop out when
 * their time comes, by the clock of this machine; a document that is not a valid memory is left out.
 * Throws a `FirememoryError` (`invalid-argument`) for invalid options. Everything later goes to `onError`;
 * without one it is thrown as an uncaught error, so that it does not pass unseen.
 */
export type OnMemories = (
  options: LiveOptions,
  onNext: (memories: Memory[]) => void,
  onError?: OnError,
) => () => void;

const OPERATION = 'onMemories';
const NOT_SIGNED_IN = 'Sign in first, or name the space.';
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** Binds `onMemories` to a tenant. */
export function liveReads(firestore: Firestore, tenant: string): OnMemories {
  return (options, onNext, onError = throwUncaught) => {
    const constraints = constraintsOf(options);
    const named = options.space === undefined ? null : checkedId(OPERATION, 'space', options.space);
    const window = new LiveWindow(onNext, SYSTEM_CLOCK);
    let stop: (() => void) | null = null;
    let closed = false;
    const fail = (error: unknown) => {
      if (closed) return;
      closed = true;
      window.close();
      onError(liveError(OPERATION, error));
    };
    const listen = (space: string) => {
      if (closed) return;
      const memories = collection(firestore, 'tenants', tenant, 'spaces', space, 'memories');
      const toMemory = (document: { id: string; data(): unknown }) =>
        memoryFromDocument({ tenant, space, id: document.id }, document.data()) ?? [];
      stop = onSnapshot(
        query(memories, ...constraints),
        (snapshot) => window.show(snapshot.docs.flatMap(toMemory)),
        fail,
      );
    };
    if (named === null) signedInUid(OPERATION, firestore.app, NOT_SIGNED_IN).then(listen).catch(fail);
    else listen(named);
    return () => {
      closed = true;
      window.close();
      stop?.();
    };
  };
}

/** The query besides its collection. Throws `invalid-argument`. */
function constraintsOf(options: LiveOptions): QueryConstraint[] {
  const { kind, sessionId, limit: count = DEFAULT_LIMIT } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_LIMIT) {
    throw invalidRequest(OPERATION, 'limit', 'out_of_range');
  }
  return [
    ...(kind === undefined ? [] : [where('kind', '==', kind)]),
    ...(sessionId === undefined ? [] : [where('sessionId', '==', sessionId)]),
    orderBy('createdAt', 'desc'),
    limit(count),
  ];
}

function throwUncaught(error: FirememoryError): void {
  queueMicrotask(() => {
    throw error;
  });
}
