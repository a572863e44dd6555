import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine.ts';

/** firebase-tools 15 refuses anything older. */
export const MIN_JAVA_MAJOR = 21;

/** A Java installation: `<home>/bin/java` exists. */
export interface Java {
  readonly home: string;
  readonly major: number;
}

/** What was found: `java` is new enough; `tooOld` is named in the message when there is none. */
export interface JavaSearch {
  readonly java?: Java;
  readonly tooOld: readonly Java[];
}

/**
 * Finds a JDK of at least {@link MIN_JAVA_MAJOR}: JAVA_HOME, then PATH, then the newest in the usual places.
 * Several JDKs live side by side on many machines, and the one on PATH is often the old one.
 */
export function findJava(machine: Machine): JavaSearch {
  const tooOld: Java[] = [];
  for (const group of [javaHomeVariable(machine), homesOnPath(machine), usualHomes(machine)]) {
    const javas = group.map(readJava).filter((java) => java !== undefined);
    javas.sort((a, b) => b.major - a.major);
    const [newest] = javas;
    if (newest && newest.major >= MIN_JAVA_MAJOR) return { java: newest, tooOld };
    tooOld.push(...javas.filter((java) => !tooOld.some((known) => known.home === java.home)));
  }
  return { tooOld };
}

/** The major version in a `release` file's JAVA_VERSION or in what `java -version` prints; 1.8 is 8. */
export function parseJavaMajor(text: string): number | undefined {
  const match = /(?:JAVA_VERSION=|version )"(?:1\.)?(\d+)/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

function readJava(home: string): Java | undefined {
  const binary = ['java', 'java.exe'].map((name) => path.join(home, 'bin', name)).find(existsSync);
  if (!binary) return undefined;
  const release = path.join(home, 'release');
  const major =
    (existsSync(release) ? parseJavaMajor(readFileSync(release, 'utf8')) : undefined) ??
    parseJavaMajor(spawnSync(binary, ['-version'], { encoding: 'utf8', timeout: 10_000 }).stderr ?? '');
  return major === undefined ? undefined : { home, major };
}

function javaHomeVariable({ env }: Machine): string[] {
  return env.JAVA_HOME ? [env.JAVA_HOME] : [];
}

function homesOnPath({ env }: Machine): string[] {
  const binary = (env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((dir) => [path.join(dir, 'java'), path.join(dir, 'java.exe')])
    .find(existsSync);
  return binary ? [path.dirname(path.dirname(realpathSync(binary)))] : [];
}

function usualHomes({ root, home, platform }: Machine): string[] {
  if (platform === 'darwin') {
    return [
      path.join(root, 'Library/Java/JavaVirtualMachines'),
      path.join(home, 'Library/Java/JavaVirtualMachines'),
    ]
      .flatMap(children)
      .map((dir) => path.join(dir, 'Contents/Home'))
      .concat(children(path.join(home, '.sdkman/candidates/java')));
  }
  const places =
    platform === 'win32'
      ? ['Program Files/Java', 'Program Files/Eclipse Adoptium', 'Program Files/Microsoft'].map((place) =>
          path.join(root, place),
        )
      : [path.join(root, 'usr/lib/jvm'), path.join(root, 'usr/java'), path.join(root, 'opt/java')];
  return [...places, path.join(home, '.sdkman/candidates/java'), path.join(home, '.jdks')].flatMap(children);
}

function children(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).map((name) => path.join(dir, name)) : [];
}
