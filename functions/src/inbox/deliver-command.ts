/**
 * Carries out the commands of a member in a space one after another, in the order in which Firestore took
 * them in. Nothing here relies on being alone: a command has its id for its key, so that a second run finds
 * the receipt of the first, and only one of them sets the outcome.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULTS, INBOX } from '../config.ts';
import { mayBeSpent, mayRun, mayRunAgain } from '../core/command-fate.ts';
import { ConnectionError, OperationError, ValidationError } from '../errors.ts';
import type { CallContext } from '../storage/base-storage-manager.ts';
import type { CommandOutcome, QueuedCommand } from '../storage/command-codec.ts';
import { CommandInbox } from '../storage/command-inbox.ts';
import type { Firestore } from '../storage/database.ts';
import type { OperationLog } from '../storage/operation-log.ts';
import { type CommandAddress, commandError, runCommand } from './run-command.ts';

/** What a delivery depends on besides the command; a test may bring its own. */
export interface Delivery {
  readonly database: Firestore;
  /** Runs a command: `runCommand`. */
  readonly run?: typeof runCommand;
  /** Milliseconds since the epoch, now. */
  readonly clock?: () => number;
  /** Milliseconds since the epoch at which the delivery is to end; 60 s from now by default. */
  readonly deadline?: number;
  readonly log?: OperationLog;
}

/**
 * Finishes a command, and before it all that its member queued in the space before; then goes on with those
 * after it, as long as nobody else does. Does nothing for a command that is missing or finished.
 * @throws StorageError, or whatever nobody foresaw, if a command is to be run again later; those after it
 * wait. To be delivered again then.
 */
export async function deliverCommand(address: CommandAddress, delivery: Delivery): Promise<void> {
  const queue = new Queue(address, delivery);
  const own = await queue.read(address.commandId);
  if (own === null) return;
  const { content } = own;
  if (content === null) {
    await queue.finish(own, { error: commandError(unsound(), null) });
    return;
  }
  // Whoever finds its own command first in the queue works on, until another turns out to do so too. All
  // others look again after a while, and take over where nothing has moved.
  let working = false;
  let seen = '';
  for (;;) {
    queue.checkTime();
    const first = await queue.first(content.createdBy);
    if (first === null) return;
    if (!working && first.id !== own.id && first.id !== seen) {
      if ((await queue.read(own.id)) === null) return;
      seen = first.id;
      await pause(INBOX.TURN_MS * (0.5 + Math.random() / 2));
      continue;
    }
    working = await queue.carryOut(first, content.createdBy);
    seen = '';
  }
}

/** The queue of a space, for one delivery. */
class Queue {
  readonly #address: CommandAddress;
  readonly #inbox: CommandInbox;
  readonly #run: typeof runCommand;
  readonly #clock: () => number;
  readonly #deadline: number;

  constructor(address: CommandAddress, { database, run, clock, deadline, log }: Delivery) {
    this.#address = address;
    this.#inbox = new CommandInbox(database, address.tenantId, address.spaceId, log);
    this.#run = run ?? runCommand;
    this.#clock = clock ?? Date.now;
    this.#deadline = deadline ?? Date.now() + DEFAULTS.DEADLINE_MS;
  }

  read(commandId: string): Promise<QueuedCommand | null> {
    return this.#inbox.read(commandId, this.#call('service'));
  }

  first(uid: string): Promise<QueuedCommand | null> {
    return this.#inbox.first(uid, this.#call('service'));
  }

  finish({ id }: QueuedCommand, outcome: CommandOutcome): Promise<boolean> {
    return this.#inbox.finish(id, outcome, this.#call('service'));
  }

  /** @throws ConnectionError when the time of the delivery is over */
  checkTime(): void {
    if (Date.now() >= this.#deadline) throw outOfTime();
  }

  /** Runs a command and finishes it. Returns false if another had finished it meanwhile. */
  async carryOut(command: QueuedCommand, uid: string): Promise<boolean> {
    return this.finish(command, await this.#outcomeOf(command, uid));
  }

  /** @throws what the run ended with, if the command is to be run again later */
  async #outcomeOf({ id, content }: QueuedCommand, uid: string): Promise<CommandOutcome> {
    if (content === null) return { error: commandError(unsound(), null) };
    const createdAt = content.createdAt.toMillis();
    const age = () => this.#clock() - createdAt;
    if (!mayRun(age()) || mayBeSpent(id, createdAt)) return { error: commandError(tooOld(), content.op) };
    for (let tries = 1; ; tries += 1) {
      try {
        const address = { ...this.#address, commandId: id };
        return { result: await this.#run(address, content, this.#call(uid)) };
      } catch (error) {
        if (!mayRunAgain(error, age())) return { error: commandError(error, content.op) };
        const backoff = INBOX.BACKOFF_MS * 2 ** (tries - 1) * (0.5 + Math.random() / 2);
        if (tries === INBOX.TRIES || Date.now() + backoff >= this.#deadline) throw error;
        await pause(backoff);
      }
    }
  }

  #call(actor: string): CallContext {
    return { actor, now: this.#clock(), deadline: this.#deadline };
  }
}

function unsound(): ValidationError {
  return new ValidationError([{ path: '', code: 'invalid_type' }], 'invalid-request');
}

function tooOld(): OperationError {
  const message = 'The command waited for too long. It may have taken effect.';
  return new OperationError('deadline-exceeded', message, { reason: 'command-too-old' });
}

function outOfTime(): ConnectionError {
  const message = 'There was no time left for the command. It stays queued.';
  return new ConnectionError('deadline-exceeded', message, { reason: 'deadline' });
}
