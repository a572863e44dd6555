/** The `session` operations. Every method resolves to the response of the wire contract. */
import type {
  MessageInput,
  SessionAppendResponse,
  SessionContextResponse,
  SessionDeleteResponse,
  SessionHistoryResponse,
  SessionListResponse,
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
  /** Reads a page of the sessions that have turns, the one that was last spoken in first. */
  list(options?: RequestOptions<'session-list'>): Promise<SessionListResponse>;
  /** Makes a text for a prompt of recent turns and relevant memories, within a budget of tokens. */
  context(
    session: string,
    options?: RequestOptions<'session-context', 'session'>,
  ): Promise<SessionContextResponse>;
  /** Deletes all turns. Repeated with its key after a failure, it goes on and answers for all attempts. */
  delete(
    session: string,
    options?: RequestOptions<'session-delete', 'session'>,
  ): Promise<SessionDeleteResponse>;
}

/** Binds the `session` operations to a tenant. */
export function sessionOperations(call: Call, tenant: string): SessionOperations {
  return {
    append: (session, messages, options) => call('session-append', { ...options, tenant, session, messages }),
    history: (session, options) => call('session-history', { ...options, tenant, session }),
    list: (options) => call('session-list', { ...options, tenant }),
    context: (session, options) => call('session-context', { ...options, tenant, session }),
    delete: (session, options) => call('session-delete', { ...options, tenant, session }),
  };
}
