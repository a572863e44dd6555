import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { exitCodeOf, interruptingSignal } from './interruption.ts';
import { endMarked, signalMarked } from './marked-processes.ts';

/** How long an interrupted command may take to end by itself. */
const COMMAND_GRACE_MS = 5_000;

/** What to run: one string goes through the shell, as a user typed it; several are run as they are. */
export interface Command {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The environment, given the mark which its processes are to carry. */
  readonly env: (mark: string) => Record<string, string | undefined>;
}

/**
 * Runs a command on this process's own stdin, stdout and stderr. Resolves to its exit code, or 128 + n after
 * signal n, when it and everything it started have ended; what it left running is ended. Rejects when it cannot
 * be started.
 */
export async function runCommand({ argv, cwd, env }: Command, interrupt: AbortSignal): Promise<number> {
  interrupt.throwIfAborted();
  const mark = randomUUID();
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { cwd, env: env(mark), stdio: 'inherit', shell: argv.length === 1 });
  const deadline = new AbortController();
  const onInterrupt = () => {
    const signal = interruptingSignal(interrupt);
    // The terminal has sent its Ctrl-C to the command too; a second one means "at once" to many programs.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) signalMarked(mark, signal);
    const timer = setTimeout(() => signalMarked(mark, 'SIGKILL'), COMMAND_GRACE_MS);
    deadline.signal.addEventListener('abort', () => clearTimeout(timer));
  };
  interrupt.addEventListener('abort', onInterrupt, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? (signal ? exitCodeOf(signal) : 1)));
    });
  } finally {
    interrupt.removeEventListener('abort', onInterrupt);
    deadline.abort();
    await endMarked(mark, COMMAND_GRACE_MS);
  }
}
