import assert from 'node:assert/strict';
import { runMocha } from '../../../tools/run-mocha.ts';
import { parseStartOptions } from '../../../tools/start-options.ts';
import { parseTestOptions, STEPS } from '../../../tools/test-options.ts';
import { parseCounts, sum, type Tally } from '../../../tools/test-tally.ts';
import { useTempDir } from './temp-dir.ts';

describe('the arguments of npm test', () => {
  it('run every step by default', () => {
    assert.deepEqual(parseTestOptions([]), { steps: STEPS, files: [], mochaFlags: [] });
  });

  it('choose steps, in the order of the run', () => {
    assert.deepEqual(parseTestOptions(['emulator', 'lint']).steps, ['lint', 'emulator']);
  });

  it('pass a pattern on, and leave out the steps that it cannot narrow', () => {
    const options = parseTestOptions(['--grep', 'a tenant']);
    assert.deepEqual(options, { steps: ['unit', 'emulator'], files: [], mochaFlags: ['--grep', 'a tenant'] });
  });

  it('run a file in the step that it belongs to', () => {
    assert.deepEqual(parseTestOptions(['./test/unit/a.test.ts']).steps, ['unit']);
    assert.deepEqual(parseTestOptions(['test/rules/a.test.ts']).steps, ['emulator']);
  });

  it('are refused when unknown', () => {
    assert.throws(() => parseTestOptions(['--gerp', 'x']), /Unknown argument: --gerp/);
    assert.throws(() => parseTestOptions(['--grep']), /--grep needs a value/);
  });
});

describe('the arguments of npm start', () => {
  it('resolve the data file from where the user is', () => {
    assert.deepEqual(parseStartOptions(['--data', 'a.json', '--conversation', 'c', '--exit'], '/here'), {
      dataFile: '/here/a.json',
      conversation: 'c',
      exit: true,
      help: false,
    });
  });

  it('are refused when unknown', () => {
    assert.throws(() => parseStartOptions(['--dta', 'x'], '/here'), /--dta/);
    assert.throws(() => parseStartOptions(['stray'], '/here'), /stray/);
  });
});

describe('the tally of npm test', () => {
  it('adds up and counts a pending test as failed', () => {
    const counts = parseCounts('{"passes":3,"failures":1,"pending":2}');
    assert.deepEqual(counts, { passed: 3, failed: 3 });
    assert.deepEqual(sum([counts as Tally, { passed: 1, failed: 0 }]), { passed: 4, failed: 3 });
  });

  it('knows no count in a broken file', () => {
    for (const text of ['', '{"passes":', 'null', '{"passes":1}']) assert.equal(parseCounts(text), undefined);
  });
});

describe('a run of mocha', () => {
  const dir = useTempDir();
  const run = async (body: string, flags: string[] = []) => {
    const said: string[] = [];
    const file = dir.put('one.test.ts', body);
    const env = (mark: string) => ({ ...process.env, FIREMEMORY_RUN: mark });
    const quiet = ['--reporter-option', 'quiet=true', ...flags];
    const options = { patterns: [], files: [file], flags: quiet, env };
    const tally = await runMocha(options, new AbortController().signal, (text) => said.push(text));
    return { tally, said };
  };

  it('counts what passed and what failed', async () => {
    const { tally } = await run(
      `it('a', () => {}); it('b', () => {}); it('c', () => { throw new Error('no'); });`,
    );
    assert.deepEqual(tally, { passed: 2, failed: 1 });
  });

  it('counts a skipped test as failed', async () => {
    const { tally } = await run(`it('a', () => {}); it['skip']('b', () => {});`);
    assert.deepEqual(tally, { passed: 1, failed: 1 });
  });

  it('is one failure when mocha dies before it counts', async () => {
    const { tally, said } = await run(`it('a', () => process.exit(0));`);
    assert.deepEqual(tally, { passed: 0, failed: 1 });
    assert.match(said.join(), /exit code 0 before it could count/);
  });

  it('is one failure when no file matches', async () => {
    const options = { patterns: ['nowhere/*.test.ts'], files: [], flags: [], env: () => ({}) };
    const tally = await runMocha(options, new AbortController().signal, () => undefined);
    assert.deepEqual(tally, { passed: 0, failed: 1 });
  });

  it('narrowed to nothing is no failure', async () => {
    const { tally } = await run(`it('a', () => {});`, ['--grep', 'zzz']);
    assert.deepEqual(tally, { passed: 0, failed: 0 });
  });
});
