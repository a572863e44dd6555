import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';

import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './imports.ts';

const run = promisify(execFile);
const load = createRequire(import.meta.url);

/** How `firebase deploy` packs a folder, and takes a package apart. */
interface FirebaseTools {
  prepareFunctionsUpload(
    projectDir: string,
    sourceDir: string,
    config: { readonly ignore?: string[] },
    additionalSources: readonly string[],
  ): Promise<{ readonly pathToSource: string }>;
  unzip(archive: string, folder: string): Promise<void>;
}
const { prepareFunctionsUpload } = load(
  'firebase-tools/lib/deploy/functions/prepareFunctionsUpload',
) as FirebaseTools;
const { unzip } = load('firebase-tools/lib/unzip') as FirebaseTools;

/** Bytes of the archive; without weights and dependencies it is some dozens of KB. */
const MAX_ARCHIVE_BYTES = 1_000_000;

/** What a deployed function sees of its environment, and no more. */
const ENVIRONMENT = { PATH: process.env.PATH, GCLOUD_PROJECT: 'demo-package', FIREBASE_CONFIG: '{}' };

/** Reads the functions as the command line does, and then embeds a text. */
const PROBE = `
  const { join } = require('node:path');
  const loader = join(require.resolve('firebase-functions'), '../../runtime/loader.js');
  (async () => {
    const { endpoints } = await require(loader).loadStack(process.cwd());
    const { localEmbedder } = await import(join(process.cwd(), 'lib/search/local-embedder.js'));
    const [vector] = await localEmbedder().embed(['the cat is called Tom']);
    const platforms = Object.fromEntries(Object.entries(endpoints).map(([name, { platform }]) => [name, platform]));
    process.stdout.write(JSON.stringify({ node: process.versions.node, platforms, vector }));
  })();
`;

/** Reads the functions as the command line does: which secrets it would ask for, and give to which function. */
const DISCOVERY = `
  const { join } = require('node:path');
  const loader = join(require.resolve('firebase-functions'), '../../runtime/loader.js');
  (async () => {
    const { endpoints, params } = await require(loader).loadStack(process.cwd());
    const secrets = Object.entries(endpoints).flatMap(([name, { secretEnvironmentVariables = [] }]) =>
      secretEnvironmentVariables.map(({ key }) => name + ': ' + key),
    );
    const asked = params.filter(({ name }) => name.includes('EMBEDDER')).map(({ name, type }) => type + ' ' + name);
    process.stdout.write(JSON.stringify({ secrets, asked }));
  })();
`;

interface Report {
  readonly node: string;
  readonly platforms: Record<string, string>;
  readonly vector: number[];
}

/** The names of the operations that the wire contract has. */
async function operations(): Promise<string[]> {
  const types = await readFile(join(ROOT, 'functions/src/contract/types.ts'), 'utf8');
  const [, body = ''] = /^export interface Operations \{\n([\s\S]*?)^\}/m.exec(types) ?? [];
  return [...body.matchAll(/^ {2}'([^']+)':/gm)].map(([, name = '']) => name);
}

/** The paths of all files in a folder. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

describe('the package that firebase deploy uploads', function () {
  this.timeout(180_000);
  let folder = '';
  let archiveBytes = 0;
  let files: string[] = [];
  let report: Report;

  before('pack, install and load it', async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'firememory-package-')));
    const [project, clean] = [join(folder, 'project'), join(folder, 'clean')];
    const source = join(project, 'functions');
    await mkdir(clean, { recursive: true });
    await cp(join(ROOT, 'functions'), source, {
      recursive: true,
      filter: (path) => !['node_modules', 'lib'].includes(basename(path)),
    });
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, '-p', join(ROOT, 'functions'), '--outDir', join(source, 'lib')]);
    // What lies about in many a working folder, and is nobody's business.
    for (const [name, text] of [
      ['.env.local', 'A=1'],
      ['.secret.local', 'B=2'],
      ['firebase-debug.log', 'x'],
    ] as const) {
      await writeFile(join(source, name), text);
    }

    const { functions } = JSON.parse(await readFile(join(ROOT, 'firebase.json'), 'utf8')) as {
      functions: [{ ignore: string[] }];
    };
    const { pathToSource } = await prepareFunctionsUpload(project, source, functions[0], []);
    try {
      archiveBytes = (await stat(pathToSource)).size;
      await unzip(pathToSource, clean);
    } finally {
      await rm(pathToSource);
    }
    files = await filesOf(clean);

    const install = ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'];
    await run('npm', install, { cwd: clean, timeout: 120_000, shell: process.platform === 'win32' });
    const probe = await run(process.execPath, ['-e', PROBE], {
      cwd: clean,
      env: ENVIRONMENT,
      timeout: 60_000,
    });
    report = JSON.parse(probe.stdout) as Report;
  });

  after('leave nothing behind', () => rm(folder, { recursive: true, force: true }));

  it('holds the compiled code and what npm needs: no source, no source map, no test', () => {
    const wanted = /^(lib\/.+\.js|package\.json|package-lock\.json|\.(env|secret).*)$/;
    assert.deepEqual(
      files.filter((file) => !wanted.test(file)),
      [],
    );
    for (const file of ['lib/index.js', 'package.json', 'package-lock.json'])
      assert.ok(files.includes(file), file);
  });

  it('holds no setting or secret: deploy reads them here and sets them there', () => {
    assert.deepEqual(
      files.filter((file) => /(^|\/)\.(env|secret)/.test(file)),
      [],
    );
  });

  it('is small', () => {
    assert.ok(archiveBytes > 10_000 && archiveBytes < MAX_ARCHIVE_BYTES, String(archiveBytes));
  });

  it('is run by the Node of the deployment', async () => {
    const { engines } = JSON.parse(await readFile(join(ROOT, 'functions/package.json'), 'utf8')) as {
      engines: { node: string };
    };
    assert.equal(report.node.split('.')[0], engines.node);
  });

  it('has every operation of the contract, triggers, workers and schedules, all of the second generation', async () => {
    const background = [
      ...['job-revive', 'job-run', 'schedule-deliverCommands', 'schedule-sweepExpired'],
      ...['schedule-verifySample', 'trigger-onCommandCreated', 'trigger-onMemoryWritten'],
    ];
    const names = [...(await operations()), ...background].sort();
    assert.deepEqual(Object.keys(report.platforms).sort(), names);
    assert.deepEqual([...new Set(Object.values(report.platforms))], ['gcfv2']);
  });

  /** What the command line finds where the files of the deployment hold these lines. */
  async function discovered(lines: Readonly<Record<string, string>>) {
    const env = { ...ENVIRONMENT, ...lines };
    const { stdout } = await run(process.execPath, ['-e', DISCOVERY], {
      cwd: join(folder, 'clean'),
      env,
      timeout: 60_000,
    });
    return JSON.parse(stdout) as { readonly secrets: string[]; readonly asked: string[] };
  }

  it('asks for no secret, and for nothing about embedders, unless a hosted one is chosen by key', async () => {
    const vertex = { FIREMEMORY_EMBEDDER: 'gemini', FIREMEMORY_EMBEDDER_LOCATION: 'europe-west1' };
    for (const lines of [{}, { FIREMEMORY_EMBEDDER: 'local' }, vertex]) {
      assert.deepEqual(await discovered(lines), { secrets: [], asked: [] });
    }
  });

  it('gives the key of the hosted embedder to the functions that embed, and to no other', async () => {
    const background = ['job-run', 'schedule-deliverCommands', 'trigger-onCommandCreated'];
    const functions = [...(await operations()), ...background, 'trigger-onMemoryWritten'];
    for (const kind of ['openai', 'gemini']) {
      const { secrets, asked } = await discovered({ FIREMEMORY_EMBEDDER: kind });
      assert.deepEqual(secrets.sort(), functions.map((name) => `${name}: FIREMEMORY_EMBEDDER_KEY`).sort());
      assert.deepEqual(asked, ['secret FIREMEMORY_EMBEDDER_KEY']);
    }
  });

  it('has its embedding model with it', () => {
    const { vector } = report;
    assert.equal(vector.length, 384);
    assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-3);
  });
});
