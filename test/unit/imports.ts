/** What source files import, read from their text; and the source files of the functions. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One import. Relative targets are resolved, such as `core/memory.ts`; others name a package or a part of one. */
export interface Import {
  readonly target: string;
  /** `type`: gone when it runs. `now`: loaded with the file. `later`: loaded when it comes to it. */
  readonly when: 'type' | 'now' | 'later';
}

/** Statements begin their line; what stands between `import` and the module may run over several. */
const STATEMENT = /^(?:import|export)\s+(type\s(?!from\b))?(?:[^'";]*?\bfrom\s*)?['"]([^'"]+)['"]/gm;
const CALL = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The imports of a source text, as they are written. */
export function importsOf(source: string): Import[] {
  const text = withoutComments(source);
  const statements = [...text.matchAll(STATEMENT)].map(([, type, target = '']): Import => {
    return { target, when: type === undefined ? 'now' : 'type' };
  });
  const calls = [...text.matchAll(CALL)].map(([, target = '']): Import => ({ target, when: 'later' }));
  return [...statements, ...calls];
}

/** The text without comments. A `//` within a string ends it too, which hides nothing but the rest of its line. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

/** Every file of functions/src by its path there, and its text. */
export const SOURCES: ReadonlyMap<string, string> = new Map(
  globSync('**/*.ts', { cwd: join(ROOT, 'functions/src') })
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => [file, readFileSync(join(ROOT, 'functions/src', file), 'utf8')]),
);

/** Every file of functions/src, and its imports, resolved. */
export const IMPORTS: ReadonlyMap<string, readonly Import[]> = new Map(
  [...SOURCES].map(([file, source]) => [
    file,
    importsOf(source).map(({ target, when }) => ({
      target: target.startsWith('.') ? posix.normalize(posix.join(dirname(file), target)) : target,
      when,
    })),
  ]),
);

/** True iff the import is of a file of functions/src. */
export function isOwn({ target }: Import): boolean {
  return target.endsWith('.ts');
}

/** All that is loaded with a file: its imports, theirs, and so on. */
export function loadedWith(file: string): Set<string> {
  const loaded = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const { target, when } of IMPORTS.get(next) ?? []) if (when === 'now') waiting.push(target);
  }
  return loaded;
}
