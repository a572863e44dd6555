import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { inTurn } from '../../../functions/src/storage/in-turn.ts';

/** Work that tells when it begins and when it ends. */
function told(log: string[], name: string, fails = false) {
  return async () => {
    log.push(`${name} begins`);
    await turn();
    log.push(`${name} ends`);
    if (fails) throw new Error(name);
    return name;
  };
}

describe('work in turn', () => {
  it('runs one after the other where a key is the same, in the order in which it came', async () => {
    const log: string[] = [];
    const names = ['a', 'b', 'c'];
    const answers = await Promise.all(names.map((name) => inTurn(['m'], told(log, name))));
    assert.deepEqual(answers, names);
    assert.deepEqual(
      log,
      names.flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });

  it('runs side by side where no key is the same, and where there is none', async () => {
    const log: string[] = [];
    await Promise.all([
      inTurn(['m'], told(log, 'a')),
      inTurn(['n'], told(log, 'b')),
      inTurn([], told(log, 'c')),
    ]);
    assert.deepEqual(log.slice(0, 3).sort(), ['a begins', 'b begins', 'c begins']);
  });

  it('goes on after work that failed, whose error reaches its caller alone', async () => {
    const log: string[] = [];
    const failing = inTurn(['m'], told(log, 'a', true));
    const next = inTurn(['m'], told(log, 'b'));
    await assert.rejects(failing, /^Error: a$/);
    assert.equal(await next, 'b');
  });

  it('waits for all of its keys, in whatever order they are named, without waiting for each other', async () => {
    const log: string[] = [];
    await Promise.all([
      inTurn(['m', 'n'], told(log, 'a')),
      inTurn(['n', 'm'], told(log, 'b')),
      inTurn(['n'], told(log, 'c')),
      inTurn(['m', 'm'], told(log, 'd')),
    ]);
    assert.deepEqual(log.slice(0, 4), ['a begins', 'a ends', 'b begins', 'b ends']);
    assert.equal(log.length, 8);
  });
});
