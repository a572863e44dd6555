import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Interruption } from '../../../tools/processes/interruption.ts';
import { MARK } from '../../../tools/processes/marked-processes.ts';
import { runCommand } from '../../../tools/processes/run-command.ts';
import { until } from '../../support/poll.ts';
import { useTempDir } from './temp-dir.ts';

describe('running a command', () => {
  const dir = useTempDir();
  const never = new AbortController().signal;
  const run = (argv: string[], interrupt = never) =>
    runCommand({ argv, cwd: dir.at('.'), env: (mark) => ({ ...process.env, [MARK]: mark }) }, interrupt);
  const isAlive = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const untilTrue = (what: string, condition: () => boolean) =>
    until(what, async () => condition() || null, 5_000);
  const written = (name: string) => {
    try {
      return readFileSync(dir.at(name), 'utf8');
    } catch {
      return '';
    }
  };

  it('returns the exit code of the command', async () => {
    assert.equal(await run(['sh', '-c', 'exit 0']), 0);
    assert.equal(await run(['sh', '-c', 'exit 7']), 7);
  });

  it('returns 128 + n when signal n ended it', async () => {
    assert.equal(await run(['sh', '-c', 'kill -KILL $$']), 137);
  });

  it('keeps several arguments as they are and runs a single one through the shell', async () => {
    const script = `require('fs').writeFileSync('argv', JSON.stringify(process.argv.slice(1)))`;
    await run([process.execPath, '-e', script, 'a  b', '$HOME', `it's`]);
    assert.equal(written('argv'), JSON.stringify(['a  b', '$HOME', `it's`]));
    assert.equal(await run(['true && exit 3']), 3);
  });

  it('rejects when the command cannot be started', async () => {
    await assert.rejects(run(['no-such-command-here', 'x']), { code: 'ENOENT' });
  });

  it('ends what a crashed command left running', async () => {
    const background = `setInterval(() => {}, 1000)`;
    const script = `
      const { pid } = require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(background)}],
        { detached: true, stdio: 'ignore' });
      require('fs').writeFileSync('pid', String(pid));
      process.kill(process.pid, 'SIGKILL');`;
    assert.equal(await run([process.execPath, '-e', script]), 137);
    const pid = Number(written('pid'));
    await untilTrue('it has ended', () => !isAlive(pid));
  });

  it('passes an interrupt on and returns what the command makes of it', async () => {
    const controller = new AbortController();
    const script = `
      process.on('SIGTERM', () => process.exit(9));
      setInterval(() => {}, 1000);
      require('fs').writeFileSync('ready', 'yes');`;
    const code = run([process.execPath, '-e', script], controller.signal);
    await untilTrue('it is ready', () => written('ready') === 'yes');
    controller.abort(new Interruption('SIGTERM'));
    assert.equal(await code, 9);
  });
});
