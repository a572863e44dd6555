/** The `session` operations. Every method resolves to the response of the wire contract. */
import type {
  MessageInput,
  SessionAppendResponse,
  SessionHistoryResponse,
} from '../../functions/src/contract/types.ts';
import type { Call, RequestOptions } from './call.ts';

/** What can be done with conversations. All methods reject with a `FirememoryError`. */
export interface SessionOperations {
  /** Appends 1 … 100 messages in this order, all or none. Two equal turns are two turns. */
  append(
    session: string,
    messages: readonly MessageInput[],
    options?: RequestOptions<'session-append', 'session' | 'messages'>,
  ): Promise<SessionAppendResponse>;
  /** Reads the newest window in chronological order; `nextCursor` asks for an older one. */
  history(
    session: string,
    options?: RequestOptions<'session-history', 'session'>,
  ): Promise<SessionHistoryResponse>;
}

/** Binds the `session` operations to a tenant. */
export function sessionOperations(call: Call, tenant: string): SessionOperations {
  return {
    append: (session, messages, options) => call('session-append', { ...options, tenant, session, messages }),
    history: (session, options) => call('session-history', { ...options, tenant, session }),
  };
}
