/** Changes of the directory of a tenant: of its members, spaces and settings, each made once for its key. */
import type { TenantSettings } from '../contract/types.ts';
import { isMember } from '../core/access.ts';
import { permissionDenied } from '../errors.ts';
import { answerOnce, type OneDecision } from './answer-once.ts';
import type { CallContext } from './base-storage-manager.ts';
import type { Firestore, Transaction } from './database.ts';
import { refuseDeletedSpace } from './deleted-space.ts';
import { decodeMember, decodeTenant, settingsOver } from './directory-codec.ts';
import { keepingOf } from './keeping.ts';
import type { TenantPaths } from './paths.ts';
import type { RequestIdentity } from './receipts.ts';
import type { TransactionReads } from './transaction-reads.ts';

/** The directory that is changed. */
export interface Directory {
  readonly database: Firestore;
  readonly paths: TenantPaths;
  /** What the deployment says where the tenant chose nothing. */
  readonly defaults: TenantSettings;
}

/** A change of the directory. */
export interface DirectoryChange<A> {
  readonly identity: RequestIdentity;
  /** Whom a stored answer is for: `anyone` where the change itself makes or ends the caller's membership. */
  readonly replayTo: 'members' | 'anyone';
  /** Reads, asks whether the caller may, decides; writes nothing yet. May run several times; has no effects. */
  decide(transaction: Transaction): Promise<OneDecision<A>>;
}

/**
 * Makes a change, transaction by transaction until it is finished. The receipt is kept in the caller's personal space,
 * since a change of the directory has no space of its own.
 * @throws what `decide` throws; OperationError `failed-precondition` for a reused key, `permission-denied` to
 *   whom its stored answer is not for any more, and while the personal space is being deleted with its receipts
 */
export async function changeOnce<A extends object>(
  { database, paths, defaults }: Directory,
  { identity, replayTo, decide }: DirectoryChange<A>,
  call: CallContext,
): Promise<A & { replayed?: true }> {
  const own = paths.space(call.actor);
  const admit = async (reads: TransactionReads) => {
    if (identity.key === undefined) return keepingOf(defaults);
    const [tenant, member] = await Promise.all([
      reads.document(paths.tenant),
      reads.document(paths.member(call.actor)),
      refuseDeletedSpace(reads, own),
    ]);
    const standing = { uid: call.actor, tenant: decodeTenant(tenant), member: decodeMember(member) };
    if (replayTo === 'members' && !isMember(standing)) throw permissionDenied();
    return keepingOf(settingsOver(defaults, standing.tenant?.settings));
  };
  const change = {
    identity,
    paths: own,
    call,
    admit,
    decide: (_reads: TransactionReads, transaction: Transaction) => decide(transaction),
  };
  for (;;) {
    const { answer, replayed, isUnfinished } = await answerOnce(database, change);
    if (!isUnfinished) return { ...answer, ...(replayed && { replayed }) };
  }
}
