import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { useTempDir } from './temp-dir.ts';

const TOOLS = path.resolve(import.meta.dirname, '../../../tools');

/** Stands in for npm: empties node_modules as `npm ci` does, puts a node into it, and keeps a record. */
const FAKE_NPM = `
const fs = require('fs');
fs.appendFileSync(process.env.NPM_RECORD, process.cwd() + ' ' + process.argv.slice(2).join(' ') + '\\n');
if (process.env.NPM_FAILS) { console.error('no such package'); process.exit(1); }
fs.rmSync('node_modules', { recursive: true, force: true });
fs.mkdirSync('node_modules/node/bin', { recursive: true });
fs.symlinkSync(process.execPath, 'node_modules/node/bin/node');
`;

describe('the bootstrap', () => {
  const dir = useTempDir();

  beforeEach(() => {
    for (const folder of ['tools/bootstrap', 'functions']) mkdirSync(dir.at(folder), { recursive: true });
    for (const file of ['bootstrap.mjs', 'bootstrap/install.mjs', 'progress.mjs']) {
      copyFileSync(path.join(TOOLS, file), dir.at(`tools/${file}`));
    }
    dir.put('tools/test.ts', 'console.log("ran", ...process.argv.slice(2)); process.exitCode = 5;');
    for (const folder of ['.', 'functions']) {
      dir.put(`${folder}/package.json`, '{"dependencies":{"a":"1.0.0"},"scripts":{}}');
      dir.put(`${folder}/package-lock.json`, '{}');
    }
    dir.put('npm-cli.js', FAKE_NPM);
  });

  const bootstrap = (args: string[], env: Record<string, string> = {}) => {
    writeFileSync(dir.at('record'), '');
    const { status, stdout, stderr } = spawnSync(process.execPath, [dir.at('tools/bootstrap.mjs'), ...args], {
      encoding: 'utf8',
      env: {
        ...process.env,
        npm_execpath: dir.at('npm-cli.js'),
        npm_node_execpath: process.execPath,
        NPM_RECORD: dir.at('record'),
        ...env,
      },
    });
    const installs = readFileSync(dir.at('record'), 'utf8').split('\n').filter(Boolean);
    return { status, stdout, stderr, installs: installs.map((line) => line.split(' ')[0]) };
  };

  it('installs both packages once, then runs the tool with its arguments and its exit code', () => {
    const first = bootstrap(['test', 'a  b', '--flag']);
    assert.equal(first.stdout, 'ran a  b --flag\n');
    assert.equal(first.status, 5);
    assert.deepEqual(first.installs, [dir.at('.').replace(/\/$/, ''), dir.at('functions')]);
    assert.match(first.stderr, /Installing root dependencies[\s\S]*done in/);
    assert.deepEqual(bootstrap(['test']).installs, []);
  });

  it('installs again when dependencies change, but not for a script', () => {
    bootstrap(['test']);
    dir.put('package.json', '{"dependencies":{"a":"1.0.0"},"scripts":{"new":"true"}}');
    assert.deepEqual(bootstrap(['test']).installs, []);
    dir.put('functions/package-lock.json', '{"changed":true}');
    assert.deepEqual(bootstrap(['test']).installs, [dir.at('functions')]);
    dir.put('package.json', '{"dependencies":{"a":"2.0.0"}}');
    assert.equal(bootstrap(['test']).installs.length, 1);
  });

  it('does not trust a node_modules without its stamp', () => {
    mkdirSync(dir.at('node_modules'));
    assert.equal(bootstrap(['test']).installs.length, 2);
  });

  it('shows what npm said when it fails, and runs nothing', () => {
    const { status, stdout, stderr } = bootstrap(['test'], { NPM_FAILS: '1' });
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /no such package\nnpm ci failed/);
  });

  it('refuses a command that it does not know', () => {
    const { status, stderr, installs } = bootstrap(['tset']);
    assert.equal(status, 1);
    assert.match(stderr, /Usage/);
    assert.deepEqual(installs, []);
  });
});
