/**
 * Entry of `npm start`, `npm test` and `npm run with-emulators`: on a fresh clone nothing is installed, so this
 * file is plain JavaScript for any Node from 18 on. It installs what is missing, then hands over to the
 * TypeScript tool of that name, run by the Node 24 which the npm package `node` brought.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installIfStale } from './bootstrap/install.mjs';

const OLDEST_NODE = 18;
const NODE_MAJOR = 24;
const PARENT_POLL_MS = 250;
const COMMANDS = ['start', 'test', 'with-emulators'];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
let running;

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * The terminal sends Ctrl-C to every process of the foreground group, so passing it on would deliver it twice.
 * Any other signal, and one sent without a terminal, reaches this process alone.
 */
function passSignalsOn() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      running?.kill(signal);
    });
  }
}

/**
 * npm puts a shell between itself and this process. Ending npm ends that shell, which tells nobody: all that can
 * be seen here is another parent.
 */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    running?.kill('SIGTERM');
  }, PARENT_POLL_MS);
  timer.unref();
}

/** Starts a process as the one that signals go to. Resolves to its exit code, 128 + n after signal n. */
function run(file, args, options) {
  return new Promise((resolve, reject) => {
    running = spawn(file, args, options);
    running.once('error', reject);
    running.once('close', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
    options.onStart?.(running);
  });
}

function ownNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = path.join(root, 'node_modules', 'node', 'bin', name);
  const version = existsSync(node) ? spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() : '';
  if (version?.startsWith(`v${NODE_MAJOR}.`)) return node;
  return fail(
    `Node ${NODE_MAJOR} is missing from node_modules (found: ${version || 'none'}). It comes with the npm ` +
      'package `node`, whose install script must be allowed to run: remove node_modules, then try again.',
  );
}

async function main() {
  const [command, ...args] = process.argv.slice(2);
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    fail(`Node ${OLDEST_NODE} or later is needed to begin (this is ${process.version}).`);
  }
  if (!COMMANDS.includes(command)) fail(`Usage: node tools/bootstrap.mjs ${COMMANDS.join('|')} [arguments]`);
  passSignalsOn();
  endWithNpm();
  try {
    await installIfStale(root, 'Installing root dependencies (about a minute)', { root, run });
    await installIfStale(path.join(root, 'functions'), 'Installing the dependencies of functions', {
      root,
      run,
    });
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
  const bin = path.join(root, 'node_modules', '.bin');
  process.exitCode = await run(ownNode(), [path.join(root, 'tools', `${command}.ts`), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` },
  });
}

await main();
