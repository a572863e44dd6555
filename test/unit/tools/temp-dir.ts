import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'mocha';

/** A folder that lasts for one test. */
export interface TempDir {
  /** The path of `name` in it. */
  readonly at: (name: string) => string;
  /** Writes a file, with its folders; executable if asked for. Returns its path. */
  readonly put: (name: string, content?: string, executable?: boolean) => string;
}

/** Gives each test of the suite that calls it an empty folder. */
export function useTempDir(): TempDir {
  let dir = '';
  beforeEach(() => {
    dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'firememory-unit-')));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const at = (name: string) => path.join(dir, name);
  return {
    at,
    put: (name, content = '', executable = false) => {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), content);
      if (executable) chmodSync(at(name), 0o755);
      return at(name);
    },
  };
}
