/** The plain types of commands, which a client that may be offline queues in the inbox of a space. */
import type {
  MemoryAddRequest,
  MemoryAddResponse,
  MemoryDeleteRequest,
  MemoryDeleteResponse,
  MemoryUpdateRequest,
  MemoryUpdateResponse,
  SessionAppendRequest,
  SessionAppendResponse,
} from './memory-types.ts';

/** What a path and the id of a command already say. */
type Addressed = 'tenant' | 'space' | 'key';

/** Every operation that can be queued: what its `input` holds and what its `result` is. */
export interface Commands {
  'memory.add': { input: Omit<MemoryAddRequest, Addressed>; result: MemoryAddResponse };
  'memory.update': { input: Omit<MemoryUpdateRequest, Addressed>; result: MemoryUpdateResponse };
  'memory.delete': { input: Omit<MemoryDeleteRequest, Addressed>; result: MemoryDeleteResponse };
  'session.append': { input: Omit<SessionAppendRequest, Addressed>; result: SessionAppendResponse };
}

/** The name of an operation that can be queued. */
export type CommandOp = keyof Commands;

/** Why a command failed: code, reason and message are those of the callable. */
export interface CommandError {
  code: string;
  reason: string;
  message: string;
}
