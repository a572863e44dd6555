/** How every operation reaches its callable: typed by the wire contract, with one kind of error. */
import { type Functions, httpsCallable } from 'firebase/functions';
import type { OperationName, Operations } from '../../functions/src/contract/types.ts';
import { callError } from './errors.ts';
import { wireValue } from './wire.ts';

/** Calls one operation. Rejects with a `FirememoryError`; never repeats a call of its own accord. */
export type Call = <N extends OperationName>(
  name: N,
  request: Loose<Operations[N]['request']>,
) => Promise<Operations[N]['response']>;

/** A type whose optional fields may also be given as `undefined`, which says the same as leaving them out. */
export type Loose<T> = { [K in keyof T]: undefined extends T[K] ? T[K] | undefined : T[K] };

/** What a method of the client takes besides its arguments: the rest of the request on the wire. */
export type RequestOptions<N extends OperationName, Given extends string = never> = Loose<
  Omit<Operations[N]['request'], 'tenant' | Given>
>;

/** Binds `Call` to a Functions instance, and so to its project, region and signed-in user. */
export function createCall(functions: Functions): Call {
  return async <N extends OperationName>(name: N, request: Loose<Operations[N]['request']>) => {
    // On the wire an operation is named `memory-add`, in errors and logs `memory.add`.
    const operation = name.replace('-', '.');
    try {
      const callable = httpsCallable<unknown, Operations[N]['response']>(functions, name);
      const answer = await callable(wireValue(operation, request));
      return answer.data;
    } catch (error) {
      throw callError(operation, error);
    }
  };
}
