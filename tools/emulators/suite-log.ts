import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';

/** Logs of so many suites are kept, to look into after a failure. */
const KEPT_RUNS = 5;

/** A new folder for one suite's logs and settings under `parent`; the oldest ones are removed. */
export function newRunDir(parent: string, now: Date, pid: number): string {
  const runs = existsSync(parent) ? readdirSync(parent).sort() : [];
  for (const old of runs.slice(0, Math.max(0, runs.length - KEPT_RUNS + 1))) {
    rmSync(path.join(parent, old), { recursive: true, force: true });
  }
  const dir = path.join(parent, `${now.toISOString().replaceAll(/[:.]/g, '-')}-${pid}`);
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Reads what a growing file has gained since the last call. */
export function follower(file: string): () => string {
  let position = 0;
  return () => {
    const fd = openSync(file, 'r');
    try {
      const chunks: Buffer[] = [];
      for (;;) {
        const buffer = Buffer.alloc(65_536);
        const length = readSync(fd, buffer, 0, buffer.length, position);
        if (length === 0) return Buffer.concat(chunks).toString();
        chunks.push(buffer.subarray(0, length));
        position += length;
      }
    } finally {
      closeSync(fd);
    }
  };
}

/** The last lines of a log. */
export function lastLines(file: string, count: number): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}
