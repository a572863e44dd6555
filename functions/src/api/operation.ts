/** What an operation is: one file each, a schema and what is done with a request that passes it. */
import type * as z from 'zod';
import type { OperationName, Operations } from '../contract/types.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';

/** Who calls, as the sign-in says. */
export interface Caller {
  readonly uid: string;
  /** The custom claims of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** An operation of the contract. */
export interface Operation<N extends OperationName> {
  readonly schema: z.ZodType<unknown>;
  run(
    request: Operations[N]['request'],
    caller: Caller,
    call: CallContext,
  ): Promise<Operations[N]['response']>;
}

/** Ties an operation's code to its types: the schema's output must be the request of the contract. */
export function operation<N extends OperationName>(
  _name: N,
  schema: z.ZodType<Operations[N]['request']>,
  run: Operation<N>['run'],
): Operation<N> {
  return { schema, run };
}
