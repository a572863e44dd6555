/** Runs one command as the callable of its operation would, with the command's id for its key. */
import { inspectBody } from '../api/body-guard.ts';
import { toHttpsError } from '../api/https-error.ts';
import { memoryAdd } from '../api/memory-add.ts';
import { memoryDelete } from '../api/memory-delete.ts';
import { memoryUpdate } from '../api/memory-update.ts';
import type { Caller, Operation } from '../api/operation.ts';
import { sessionAppend } from '../api/session-append.ts';
import { commandInput, commandOp } from '../contract/command.ts';
import { parseRequest } from '../contract/parse.ts';
import type { CommandError, CommandOp, OperationName, Operations } from '../contract/types.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';

/** Where a command was queued, and by whom. */
export interface CommandAddress {
  readonly tenantId: string;
  readonly spaceId: string;
  readonly commandId: string;
}

/** What a command asks for, unchecked. */
export interface CommandRequest {
  readonly op: unknown;
  readonly input: unknown;
}

/**
 * Runs a command: admission, checks, idempotency and duplicates are those of the callables.
 * @throws whatever the operation throws; ValidationError for an operation that cannot be queued
 */
export async function runCommand(
  address: CommandAddress,
  { op, input }: CommandRequest,
  call: CallContext,
): Promise<object> {
  const name = parseRequest(commandOp, op);
  const request = commandInput(input);
  const flaw = inspectBody({ data: request }, 0);
  if (flaw !== null) throw flaw;
  const { tenantId, spaceId, commandId } = address;
  return RUNS[name]({ ...request, tenant: tenantId, space: spaceId, key: commandId }, call);
}

type Run = (request: object, call: CallContext) => Promise<object>;

const RUNS: Readonly<Record<CommandOp, Run>> = {
  'memory.add': runOf(memoryAdd),
  'memory.update': runOf(memoryUpdate),
  'memory.delete': runOf(memoryDelete),
  'session.append': runOf(sessionAppend),
};

/** The member's token is not there any more; none of these operations asks for its claims. */
function runOf<N extends OperationName>({ schema, run }: Operation<N>): Run {
  return (request, call) => {
    const caller: Caller = { uid: call.actor, claims: {} };
    // `operation()` holds each schema against the request type of its operation.
    return run(parseRequest(schema, request) as Operations[N]['request'], caller, call) as Promise<object>;
  };
}

/** An error as a callable would have answered with it. */
export function commandError(error: unknown, op: unknown): CommandError {
  const { success, data } = commandOp.safeParse(op);
  const { code, message, details } = toHttpsError(error, success ? data : 'inbox.command');
  const { reason } = details as { reason: string };
  return { code, reason, message };
}
