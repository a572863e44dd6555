import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { step } from '../progress.mjs';

/** Kept inside node_modules, so that it goes when node_modules goes. */
const STAMP = '.firememory-installed';

/** The parts of package.json that decide what is installed: an edited script must not cost a reinstall. */
const INSTALL_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
  'allowScripts',
];

/** Changes when, and only when, `npm ci` in `dir` could install something else. */
export function fingerprint(dir) {
  const manifest = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
  return createHash('sha256')
    .update(JSON.stringify(INSTALL_FIELDS.map((field) => manifest[field] ?? null)))
    .update(readFileSync(path.join(dir, 'package-lock.json')))
    .digest('hex');
}

/** Whether `dir` holds what its lock file says; without a stamp nobody knows, so no. */
export function isInstalled(dir) {
  const stamp = path.join(dir, 'node_modules', STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(dir);
}

/** Records that node_modules of `dir` is what its lock file says. */
export function markInstalled(dir) {
  writeFileSync(path.join(dir, 'node_modules', STAMP), fingerprint(dir));
}

/**
 * How to run npm: the very npm that runs us, by the node that runs it, as the node in our node_modules is about
 * to be replaced; else the npm on PATH. The variables that npm set for the outer script are not passed on.
 */
function npm(root) {
  const inside = path.join(root, 'node_modules');
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(package|lifecycle|command|config_local_prefix)/i.test(name),
    ),
  );
  env.PATH = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((dir) => !dir.startsWith(inside))
    .join(path.delimiter);
  const script = process.env.npm_execpath;
  if (!script?.endsWith('npm-cli.js') || !existsSync(script)) {
    return { file: 'npm', args: [], env, shell: process.platform === 'win32' };
  }
  const node = process.env.npm_node_execpath;
  return { file: node && existsSync(node) ? node : process.execPath, args: [script], env, shell: false };
}

/**
 * Runs `npm ci` in `dir` unless its stamp says that it is installed already. npm's output is shown only if it
 * fails, since its warnings concern nobody here.
 *
 * @throws Error with npm's output when npm fails
 */
export async function installIfStale(dir, title, { root, run }) {
  if (isInstalled(dir)) return;
  await step(title, async () => {
    const { file, args, env, shell } = npm(root);
    let output = '';
    const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    const code = await run(file, [...args, ...options], {
      cwd: dir,
      env,
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
      onStart: (child) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk) => {
            output += chunk;
          });
        }
      },
    });
    if (code !== 0) throw new Error(`${output.trimEnd()}\nnpm ci failed in ${dir} (exit code ${code}).`);
    markInstalled(dir);
  });
}
