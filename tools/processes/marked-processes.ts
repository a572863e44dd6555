import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The environment variable that marks every process of one run. Children inherit it, also when they leave their
 * process group or lose their parent, as the Firestore emulator and a crashed command's children do.
 */
export const MARK = 'FIREMEMORY_RUN';

/** The ids of the living processes that carry `mark`, this one excepted. */
export function markedProcesses(mark: string): number[] {
  const entry = `${MARK}=${mark}`;
  const found = process.platform === 'linux' ? fromProc(entry) : fromPs(entry);
  return found.filter((pid) => pid !== process.pid);
}

/** Sends `signal` to every process that carries `mark`. One that ended meanwhile is as good as signalled. */
export function signalMarked(mark: string, signal: NodeJS.Signals): void {
  for (const pid of markedProcesses(mark)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** Ends what still carries `mark`: asks first, insists after `graceMs`. */
export async function endMarked(mark: string, graceMs: number): Promise<void> {
  if (markedProcesses(mark).length === 0) return;
  signalMarked(mark, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (Date.now() < deadline) {
    if (markedProcesses(mark).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  signalMarked(mark, 'SIGKILL');
}

function fromProc(entry: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environment(pid).split('\0').includes(entry))
    .map(Number);
}

/** Empty for a process that has ended or belongs to somebody else; a zombie has no environment either. */
function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

/** BSD `ps` prints the environment after the command with -E. Windows has none: there the suite's leash must do. */
function fromPs(entry: string): number[] {
  if (process.platform === 'win32') return [];
  return execFileSync('ps', ['-axEww', '-o', 'pid=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\n')
    .filter((line) => line.split(' ').includes(entry))
    .map((line) => Number.parseInt(line, 10));
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ESRCH';
}
