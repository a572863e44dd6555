import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { importsOf, ROOT } from '../imports.ts';

const CLIENT = join(ROOT, 'client/src');

/** Walks the imports from the entry on; returns the modules of packages that are reached. */
async function reached(): Promise<{ now: Set<string>; later: Set<string>; files: Set<string> }> {
  const graph = { now: new Set<string>(), later: new Set<string>(), files: new Set<string>() };
  const waiting = [join(CLIENT, 'index.ts')];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (graph.files.has(file)) continue;
    graph.files.add(file);
    for (const { target, when } of importsOf(await readFile(file, 'utf8'))) {
      if (when === 'type') continue;
      if (target.startsWith('.')) waiting.push(resolve(dirname(file), target));
      else graph[when].add(target);
    }
  }
  return graph;
}

describe('the client package', () => {
  it('needs firebase/functions and firebase/firestore alone, and Auth only when it comes to it', async () => {
    const { now, later } = await reached();
    assert.deepEqual([...now].sort(), ['firebase/firestore', 'firebase/functions']);
    assert.deepEqual([...later], ['firebase/auth']);
  });

  it('runs no file from outside of client/src', async () => {
    const { files } = await reached();
    const outside = [...files].filter((file) => relative(CLIENT, file).startsWith('..'));
    assert.deepEqual(outside, []);
    assert.equal(files.size, (await readdir(CLIENT)).length, 'every file of client/src is reached');
  });

  it('builds declarations that need nothing but firebase and themselves', async function () {
    this.timeout(60_000);
    const out = await mkdtemp(join(tmpdir(), 'firememory-client-'));
    try {
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
      await promisify(execFile)(process.execPath, [compiler, '-p', join(ROOT, 'client'), '--outDir', out]);
      const names = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
      assert.ok(names.includes(join('client', 'src', 'index.d.ts')));
      assert.ok(names.includes(join('functions', 'src', 'contract', 'types.d.ts')));
      for (const name of names) {
        const text = await readFile(join(out, name), 'utf8');
        const imports = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)];
        for (const [, target = ''] of imports) {
          if (/^firebase\/(app|firestore|functions)$/.test(target)) continue;
          const declared = resolve(out, dirname(name), target).replace(/\.[jt]s$/, '.d.ts');
          assert.ok(names.includes(relative(out, declared)), `${name} imports ${target}`);
        }
      }
    } finally {
      await rm(out, { recursive: true });
    }
  });
});
