/** Changes that are queued, also while there is no network: commands in the inbox of a space. */
import { type DocumentReference, doc, type Firestore, onSnapshot, serverTimestamp } from 'firebase/firestore';
import type {
  CommandOp,
  Commands,
  MemoryAddRequest,
  MemoryChanges,
  MemoryInput,
  MessageInput,
} from '../../functions/src/contract/types.ts';
import { commandId } from './command-id.ts';
import { checkChanges, checkMemories } from './command-limits.ts';
import { commandError, FirememoryError, invalidRequest, liveError } from './errors.ts';
import { handOver } from './hand-over.ts';
import { signedInUid } from './signed-in.ts';
import { checkedId, wireValue } from './wire.ts';

/** A change that is queued. */
export interface QueuedCommand<Op extends CommandOp> {
  /** The command's id, which is also its idempotency key. */
  readonly id: string;
  /**
   * Resolves once Firestore has taken the command in; pending while there is no network. Rejects with
   * `permission-denied` if the rules refuse it. As with any promise, a rejection that nobody handles is an
   * uncaught error.
   */
  readonly written: Promise<void>;
  /**
   * Resolves to the response of the operation, or rejects with its error, once the service has carried it
   * out. Listens until then, or until the signal is aborted, which rejects with `cancelled`; the command
   * itself stays queued.
   */
  outcome(options?: { readonly signal?: AbortSignal | undefined }): Promise<Commands[Op]['result']>;
}

/** Where a command goes: the signed-in user's personal space unless it is named. */
export interface EnqueueOptions {
  readonly space?: string | undefined;
}

/**
 * Changes that return at once. They are carried out in the order of the calls, by the same operations as those
 * of `memory` and `session`, each once. All throw a `FirememoryError` (`invalid-argument`) for what does not
 * fit into one command: more than 4 memories, metadata that is not flat or has more than 8 values.
 */
export interface EnqueueOperations {
  /** Stores one memory or up to 4, all or none. */
  add(
    input: MemoryInput | readonly MemoryInput[],
    options?: EnqueueOptions & { readonly dedupe?: MemoryAddRequest['dedupe'] | undefined },
  ): QueuedCommand<'memory.add'>;
  /** Changes the named fields; `null` clears an optional one. */
  update(
    id: string,
    changes: MemoryChanges,
    options?: EnqueueOptions & { readonly ifVersion?: number | undefined },
  ): QueuedCommand<'memory.update'>;
  /** Deletes one memory. */
  delete(
    id: string,
    options?: EnqueueOptions & { readonly ifVersion?: number | undefined },
  ): QueuedCommand<'memory.delete'>;
  /** Appends 1 … 4 messages in this order, all or none. */
  append(
    session: string,
    messages: readonly MessageInput[],
    options?: EnqueueOptions,
  ): QueuedCommand<'session.append'>;
}

/** Binds the queue to a tenant. */
export function enqueueOperations(firestore: Firestore, tenant: string): EnqueueOperations {
  /** Ends when the command before has been handed to Firestore, so that they are written in order. */
  let turn: Promise<unknown> = Promise.resolve();

  const enqueue = <Op extends CommandOp>(
    op: Op,
    input: Record<string, unknown>,
    space: string | undefined,
  ): QueuedCommand<Op> => {
    if (space !== undefined) checkedId(op, 'space', space);
    const id = commandId(Date.now());
    const handed = turn.then(async () => {
      const uid = await signedInUid(op, firestore.app, 'Sign in first.');
      const segments = ['tenants', tenant, 'spaces', space ?? checkedId(op, 'space', uid), 'inbox', id];
      const command = doc(firestore, segments.join('/'));
      const data = { op, input, createdBy: uid, createdAt: serverTimestamp(), state: 'queued' };
      return { command, acknowledged: handOver(op, command, data) };
    });
    turn = handed.catch(() => undefined);
    const written = handed.then(({ acknowledged }) => acknowledged);
    return {
      id,
      written,
      outcome: async ({ signal } = {}) => {
        const { command } = await unlessAborted(
          op,
          written.then(() => handed),
          signal,
        );
        return outcomeOf<Op>(op, command, signal);
      },
    };
  };

  return {
    add: (input, { space, dedupe } = {}) => {
      const request = copyOf('memory.add', { memories: Array.isArray(input) ? input : [input], dedupe });
      checkMemories('memory.add', 'memories', listOf(request.memories));
      return enqueue('memory.add', request, space);
    },
    update: (id, changes, { space, ifVersion } = {}) => {
      const request = copyOf('memory.update', {
        id: checkedId('memory.update', 'id', id),
        changes,
        ifVersion,
      });
      checkChanges('memory.update', 'changes', request.changes);
      return enqueue('memory.update', request, space);
    },
    delete: (id, { space, ifVersion } = {}) => {
      const request = copyOf('memory.delete', { id: checkedId('memory.delete', 'id', id), ifVersion });
      return enqueue('memory.delete', request, space);
    },
    append: (session, messages, { space } = {}) => {
      const named = checkedId('session.append', 'session', session);
      const request = copyOf('session.append', { session: named, messages });
      checkMemories('session.append', 'messages', listOf(request.messages));
      return enqueue('session.append', request, space);
    },
  };
}

/** A copy of the input as it would be sent to a callable; what the caller changes later is not sent. */
function copyOf(operation: string, input: Record<string, unknown>): Record<string, unknown> {
  const copy = wireValue(operation, input);
  if (typeof copy !== 'object' || copy === null) throw invalidRequest(operation, '', 'invalid_type');
  return { ...copy };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Listens to a command that was written until it is finished. */
function outcomeOf<Op extends CommandOp>(
  op: Op,
  command: DocumentReference,
  signal: AbortSignal | undefined,
): Promise<Commands[Op]['result']> {
  let stop: () => void = () => undefined;
  const finished = new Promise<Commands[Op]['result']>((resolve, reject) => {
    stop = onSnapshot(
      command,
      (snapshot) => {
        const state: unknown = snapshot.get('state');
        if (state === 'done') resolve(snapshot.get('result'));
        else if (state === 'failed') reject(commandError(op, snapshot.get('error')));
      },
      (error) => reject(liveError(op, error)),
    );
  });
  return unlessAborted(op, finished, signal).finally(() => stop());
}

/** The same promise, unless the signal is aborted before. */
async function unlessAborted<T>(op: string, work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled(op));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function cancelled(operation: string): FirememoryError {
  const message = 'Nobody waits for the outcome any more. The command stays queued.';
  return new FirememoryError('cancelled', message, { reason: 'cancelled', operation });
}
