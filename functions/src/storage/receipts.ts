/** Receipts: the stored answer of a request, kept for its idempotency key, written with its effect. */
import type { DocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { digest } from '../core/dedupe.ts';
import { OperationError } from '../errors.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Keeping } from './keeping.ts';

/** What identifies a request: the operation, the caller's key, and the body that the key stands for. */
export interface RequestIdentity {
  readonly operation: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

const storedReceipt = z.object({
  bodyHash: z.string(),
  answer: z.string(),
  unfinished: z.boolean().default(false),
  expiresAt: z.custom<Timestamp>((value) => value instanceof Timestamp),
});

/** The id of a receipt: keys belong to one member, and any characters are allowed in them. */
export function receiptId(key: string, call: CallContext): string {
  return digest([call.actor, key]);
}

/**
 * The answer that was stored for this key, or null if there is none that still holds or it is unfinished.
 * @throws OperationError (`failed-precondition`, reason `key-reused`) if the key stood for another request
 */
function storedAnswer(snapshot: DocumentSnapshot, identity: RequestIdentity, call: CallContext): unknown {
  const parsed = storedReceipt.safeParse(snapshot.data());
  if (!parsed.success || parsed.data.expiresAt.toMillis() <= call.now) return null;
  if (parsed.data.bodyHash !== bodyHash(identity)) {
    throw new OperationError('failed-precondition', 'This key was used for another request.', {
      reason: 'key-reused',
      collection: 'receipts',
    });
  }
  return parsed.data.unfinished ? null : JSON.parse(parsed.data.answer);
}

/** What earlier transactions of a request that is not done yet came to, as JSON; null if there were none. */
export function unfinishedAnswer(
  snapshot: DocumentSnapshot,
  identity: RequestIdentity,
  call: CallContext,
): unknown {
  const parsed = storedReceipt.safeParse(snapshot.data());
  if (!parsed.success || parsed.data.expiresAt.toMillis() <= call.now) return null;
  const { unfinished, answer } = parsed.data;
  return unfinished && parsed.data.bodyHash === bodyHash(identity) ? JSON.parse(answer) : null;
}

/**
 * Awaits a decision and the receipt of its request side by side. A stored answer wins, also over an error of
 * the decision: a deletion that is repeated finds nothing to delete and gets its old answer.
 * @throws whatever the decision throws, and OperationError (`key-reused`)
 */
export async function unlessAnswered<D>(
  decision: Promise<D>,
  receipt: Promise<DocumentSnapshot> | null,
  identity: RequestIdentity,
  call: CallContext,
): Promise<{ readonly replay: unknown } | { readonly decision: D }> {
  const [decided, stored] = await Promise.all([
    decision.then(
      (value) => ({ decision: value }),
      (error: unknown) => ({ error }),
    ),
    receipt,
  ]);
  const replay = stored === null ? null : storedAnswer(stored, identity, call);
  if (replay !== null) return { replay };
  if ('error' in decided) throw decided.error;
  return decided;
}

/**
 * The document that makes a repetition of the request answer the same for `receiptMs`, or go on where it is
 * `unfinished`.
 */
export function encodeReceipt(
  identity: RequestIdentity,
  answer: unknown,
  call: CallContext,
  { receiptMs, unfinished = false }: Pick<Keeping, 'receiptMs'> & { readonly unfinished?: boolean },
) {
  return {
    operation: identity.operation,
    bodyHash: bodyHash(identity),
    answer: JSON.stringify(answer),
    ...(unfinished && { unfinished }),
    createdBy: call.actor,
    createdAt: Timestamp.fromMillis(call.now),
    expiresAt: Timestamp.fromMillis(call.now + receiptMs),
  };
}

/** Digest of what was asked: equal for a request that is repeated. */
export function bodyHash(identity: Pick<RequestIdentity, 'operation' | 'body'>): string {
  return digest([identity.operation, identity.body]);
}
