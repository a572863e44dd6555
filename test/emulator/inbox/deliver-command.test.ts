import assert from 'node:assert/strict';
import { commandId } from '../../../client/src/command-id.ts';
import { INBOX } from '../../../functions/src/config.ts';
import { ConnectionError } from '../../../functions/src/errors.ts';
import type { runCommand } from '../../../functions/src/inbox/run-command.ts';
import { CommandInbox } from '../../../functions/src/storage/command-inbox.ts';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import { openInbox, type TestInbox, useStorageDatabase } from '../../support/inbox.ts';
import { callBy, openManager, SILENT, testDatabase } from '../../support/storage.ts';

const add = (id: string, text: string) => ({ memories: [{ id, text }] });

describe('the delivery of a command', () => {
  useStorageDatabase();
  let inbox: TestInbox;
  beforeEach(async () => {
    inbox = await openInbox();
  });

  const memories = async () => {
    const { docs } = await inbox.space.memories.get();
    return Object.fromEntries(docs.map((document) => [document.id, document.get('text')]));
  };
  /** Runs that say which command they were for, and then do what the test wants. */
  const recording = (runs: string[], then: (id: string) => object | Promise<object>): typeof runCommand => {
    return async ({ commandId }) => {
      runs.push(commandId);
      return then(commandId);
    };
  };

  it('carries each operation out and keeps its result beside the command', async () => {
    await inbox.queue('c1', 'memory.add', add('m', 'first'));
    await inbox.deliver('c1');
    await inbox.queue('c2', 'memory.update', { id: 'm', changes: { text: 'second' }, ifVersion: 1 });
    await inbox.deliver('c2');
    await inbox.queue('c3', 'session.append', { session: 's', messages: [{ role: 'user', text: 'hi' }] });
    await inbox.deliver('c3');
    await inbox.queue('c4', 'memory.delete', { id: 'm' });
    await inbox.deliver('c4');
    const [c1, c2, c3, c4] = await Promise.all(['c1', 'c2', 'c3', 'c4'].map((id) => inbox.outcome(id)));
    assert.deepEqual(c1?.result, {
      results: [{ id: 'm', version: 1, outcome: 'created' }],
      replayed: false,
    });
    assert.equal(c2?.result.memory.text, 'second');
    assert.equal(c3?.result.results.length, 1);
    assert.equal(c4?.result.id, 'm');
    for (const command of [c1, c2, c3, c4]) {
      assert.equal(command?.state, 'done');
      assert.equal(command?.createdBy, 'ann');
      const kept = command?.expiresAt.toMillis() - command?.finishedAt.toMillis();
      assert.equal(kept, INBOX.KEPT_MS);
    }
  });

  it('fails one with the code, the reason and the message of the callable', async () => {
    await inbox.queue('c', 'memory.delete', { id: 'none' });
    await inbox.deliver('c');
    const { state, error, result } = await inbox.outcome('c');
    assert.equal(state, 'failed');
    assert.deepEqual(error, {
      code: 'not-found',
      reason: 'memory-not-found',
      message: 'There is no such memory.',
    });
    assert.equal(result, undefined);
  });

  it('[16] fails the command of a member who was removed since', async () => {
    await inbox.queue('c', 'memory.add', add('m', 'too late'));
    await inbox.remove('ann');
    await inbox.deliver('c');
    assert.equal((await inbox.outcome('c')).error.code, 'permission-denied');
    assert.deepEqual(await memories(), {});
  });

  it('[23] has one effect when its event comes twice, in sequence and at once', async () => {
    const messages = [{ role: 'user', text: 'once' }];
    await inbox.queue('c', 'session.append', { session: 's', messages });
    await Promise.all([inbox.deliver('c'), inbox.deliver('c'), inbox.deliver('c')]);
    const { finishedAt } = await inbox.outcome('c');
    await inbox.deliver('c');
    assert.equal(Object.keys(await memories()).length, 1);
    assert.deepEqual((await inbox.outcome('c')).finishedAt, finishedAt);
  });

  it('[23] keeps the first outcome, whoever comes second with whichever', async () => {
    await inbox.queue('c', 'memory.add', add('m', 'x'));
    const store = new CommandInbox(testDatabase(), inbox.tenantId, 'team', SILENT);
    const error = { code: 'internal', reason: 'unexpected', message: 'It failed.' };
    assert.equal(await store.finish('c', { result: { n: 1, left: undefined } }, callBy('ann')), true);
    assert.equal(await store.finish('c', { error }, callBy('ann')), false);
    assert.equal(await store.finish('none', { error }, callBy('ann')), false);
    const { state, result } = await inbox.outcome('c');
    assert.deepEqual([state, result], ['done', { n: 1 }]);
  });

  it('[26] does nothing twice when the first run ended before it could say so', async () => {
    const input = { session: 's', messages: [{ role: 'user', text: 'once' }] };
    await inbox.queue('c', 'session.append', input);
    const { manager } = openManager(inbox.tenantId);
    const request = { ...input, messages: [{ role: 'user' as const, text: 'once' }] };
    const scope = { tenant: inbox.tenantId, space: 'team', key: 'c' };
    await manager.append('team', { ...scope, ...request }, callBy('ann'));
    await inbox.deliver('c');
    assert.equal((await inbox.outcome('c')).result.replayed, true);
    assert.equal(Object.keys(await memories()).length, 1);
  });

  it('carries out what its member queued before, in order, though their events never came', async () => {
    const now = Date.now();
    await inbox.queue('c', 'memory.add', add('m', 'first'), now - 3_000);
    await inbox.queue('b', 'memory.update', { id: 'm', changes: { text: 'second' } }, now - 2_000);
    await inbox.queue('a', 'memory.update', { id: 'm', changes: { tags: ['x'] }, ifVersion: 2 }, now - 1_000);
    await inbox.deliver('a');
    for (const id of ['a', 'b', 'c']) assert.equal((await inbox.outcome(id)).state, 'done', id);
    assert.deepEqual(await memories(), { m: 'second' });
  });

  it('keeps to the order, whatever the order of the events, also when they come at once', async () => {
    const now = Date.now();
    const runs: string[] = [];
    const run = recording(runs, () => ({}));
    // Of two that Firestore took in within one millisecond, the ids say which comes first.
    await inbox.queue('k3', 'memory.add', {}, now - 1_000);
    await inbox.queue('k2', 'memory.add', {}, now - 2_000);
    await inbox.queue('k1', 'memory.add', {}, now - 2_000);
    await Promise.all(['k3', 'k1', 'k2'].map((id) => inbox.deliver(id, { run })));
    assert.deepEqual([...new Set(runs)], ['k1', 'k2', 'k3']);
  });

  it('goes on after a command that failed, and leaves those of others alone', async () => {
    const now = Date.now();
    await inbox.queue('c1', 'memory.delete', { id: 'none' }, now - 2_000);
    await inbox.queue('c2', 'memory.add', add('m', 'second'), now - 1_000);
    await inbox.queue('his', 'memory.add', add('his', 'his'), now - 3_000, { createdBy: 'bob' });
    await inbox.deliver('c2');
    assert.equal((await inbox.outcome('c1')).state, 'failed');
    assert.equal((await inbox.outcome('c2')).state, 'done');
    assert.equal((await inbox.outcome('his')).state, 'queued');
  });

  it('runs a command again that may succeed, and throws when it still does not', async () => {
    await inbox.queue('c', 'memory.add', {});
    const runs: string[] = [];
    const unavailable = () => {
      throw new ConnectionError('unavailable', 'Not now.', { reason: 'unavailable' });
    };
    await assert.rejects(inbox.deliver('c', { run: recording(runs, unavailable) }), { code: 'unavailable' });
    assert.equal(runs.length, INBOX.TRIES);
    assert.equal((await inbox.outcome('c')).state, 'queued');
    const once = recording(runs, () => (runs.length === INBOX.TRIES + 1 ? unavailable() : { fine: true }));
    await inbox.deliver('c', { run: once });
    assert.deepEqual((await inbox.outcome('c')).result, { fine: true });
  });

  it('holds later commands back while an earlier one is to be run again', async () => {
    const now = Date.now();
    await inbox.queue('c1', 'memory.add', {}, now - 2_000);
    await inbox.queue('c2', 'memory.add', {}, now - 1_000);
    const runs: string[] = [];
    const failing = recording(runs, () => {
      throw new ConnectionError('unavailable', 'Not now.', { reason: 'unavailable' });
    });
    await assert.rejects(inbox.deliver('c2', { run: failing }));
    assert.deepEqual([...new Set(runs)], ['c1']);
  });

  it('[28] gives a command up that fails as nobody foresaw, after a while, and goes on', async () => {
    const now = Date.now();
    await inbox.queue('poison', 'memory.add', {}, now - 2_000);
    await inbox.queue('next', 'memory.add', {}, now - 1_000);
    const run = recording([], (id) => {
      if (id === 'poison') throw new TypeError('a defect');
      return {};
    });
    await assert.rejects(inbox.deliver('next', { run }), TypeError);
    await inbox.deliver('next', { run, clock: () => now + INBOX.PATIENCE_MS });
    assert.deepEqual((await inbox.outcome('poison')).error, {
      code: 'internal',
      reason: 'unexpected',
      message: 'The operation failed inside the service.',
    });
    assert.equal((await inbox.outcome('next')).state, 'done');
  });

  it('does not run a command so old that the receipt of a first run might be gone', async () => {
    await inbox.queue('c', 'memory.add', add('m', 'old'), Date.now() - INBOX.RUN_MS);
    await inbox.deliver('c');
    const { error } = await inbox.outcome('c');
    assert.deepEqual([error.code, error.reason], ['deadline-exceeded', 'command-too-old']);
    assert.deepEqual(await memories(), {});
  });

  it('does not run a command that arrives a month after it was made: it may have been done and removed', async () => {
    const age = INBOX.KEPT_MS - INBOX.CLOCK_MS;
    // The ids of the client say when they were made.
    const [time, rest] = [commandId(Date.now()).slice(0, 9), commandId(Date.now()).slice(9)];
    const made = (ms: number) => (Number.parseInt(time, 36) - ms).toString(36).padStart(9, '0') + rest;
    const [old, young] = [made(age + 60_000), made(age - 60_000)];
    for (const id of [old, young]) {
      await inbox.queue(id, 'memory.add', add(id, 'from afar'));
      await inbox.deliver(id);
    }
    const { error } = await inbox.outcome(old);
    assert.deepEqual([error.code, error.reason], ['deadline-exceeded', 'command-too-old']);
    assert.deepEqual(Object.keys(await memories()), [young]);
  });

  it('ends at its deadline and is to be delivered again', async () => {
    await inbox.queue('c', 'memory.add', add('m', 'x'));
    await assert.rejects(inbox.deliver('c', { deadline: Date.now() }), { code: 'deadline-exceeded' });
    assert.equal((await inbox.outcome('c')).state, 'queued');
  });

  it('does nothing for a command that is gone', () => inbox.deliver('none'));

  const hostile: { readonly [what: string]: readonly [op: unknown, input: unknown, more?: object] } = {
    'an unknown op': ['memory.purge', {}],
    'an op that is no string': [{ a: 1 }, {}],
    'an input that is no map': ['memory.add', 'text'],
    'an input that names a tenant': ['memory.delete', { id: 'm', tenant: 'other' }],
    'an input that names a space': ['memory.delete', { id: 'm', space: 'ann' }],
    'an input that names a key': ['memory.delete', { id: 'm', key: 'k' }],
    'an unknown key in its input': ['memory.delete', { id: 'm', force: true }],
    'a time in metadata': ['memory.add', { memories: [{ text: 'x', metadata: { at: Timestamp.now() } }] }],
    'bytes in metadata': ['memory.add', { memories: [{ text: 'x', metadata: { b: Buffer.from('b') } }] }],
    '[3] a key that could reach a prototype': [
      'memory.add',
      { memories: [{ text: 'x', metadata: { constructor: 1 } }] },
    ],
    'a number that is none': ['memory.add', { memories: [{ text: 'x', importance: Number.NaN }] }],
    'one more key': ['memory.delete', { id: 'm' }, { result: {} }],
    'a time that is none': ['memory.delete', { id: 'm' }, { createdAt: 'yesterday' }],
    'no author': ['memory.delete', { id: 'm' }, { createdBy: null }],
    'an author that can be no member': ['memory.delete', { id: 'm' }, { createdBy: 'a/b' }],
    'an unknown state': ['memory.delete', { id: 'm' }, { state: 'running' }],
  };
  for (const [what, [op, input, more]] of Object.entries(hostile)) {
    it(`fails one that an administrator wrote with ${what}`, async () => {
      await inbox.queue('c', op as string, input, Date.now(), more);
      await inbox.deliver('c');
      const { state, error } = await inbox.outcome('c');
      assert.equal(state, 'failed');
      assert.equal(error.code, 'invalid-argument');
      assert.deepEqual(await memories(), {});
    });
  }
});
