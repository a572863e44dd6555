/** Commands as they are stored. Clients write them under the security rules, administrators as they like. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { INBOX } from '../config.ts';
import { isId } from '../contract/primitives.ts';
import type { CommandError } from '../contract/types.ts';

const stamp = z.custom<Timestamp>((value) => value instanceof Timestamp);

const storedCommand = z.strictObject({
  op: z.unknown(),
  input: z.unknown(),
  createdBy: z.string().refine(isId),
  createdAt: stamp,
  state: z.literal('queued'),
});

/** A command that waits. */
export interface QueuedCommand {
  readonly id: string;
  /** Null if the document has not exactly the keys of a command, or names neither a member nor a time. */
  readonly content: {
    readonly op: unknown;
    readonly input: unknown;
    readonly createdBy: string;
    readonly createdAt: Timestamp;
  } | null;
}

/** Reads a command; null if it is missing or finished. */
export function decodeCommand(snapshot: DocumentSnapshot): QueuedCommand | null {
  const data = snapshot.data();
  if (data === undefined || data.state === 'done' || data.state === 'failed') return null;
  return { id: snapshot.id, content: storedCommand.safeParse(data).data ?? null };
}

/** How a command ended. */
export type CommandOutcome = { readonly result: object } | { readonly error: CommandError };

/** The fields that a finished command gains. The result is what JSON makes of it: no field is `undefined`. */
export function encodeOutcome(outcome: CommandOutcome, now: number) {
  const finished = {
    finishedAt: Timestamp.fromMillis(now),
    expiresAt: Timestamp.fromMillis(now + INBOX.KEPT_MS),
  };
  if ('error' in outcome) return { state: 'failed', error: outcome.error, ...finished };
  const result: unknown = JSON.parse(JSON.stringify(outcome.result));
  return { state: 'done', result, ...finished };
}
