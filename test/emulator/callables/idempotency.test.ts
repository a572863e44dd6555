import assert from 'node:assert/strict';
import type { Firememory } from '../../../client/src/index.ts';
import { errorOf, post } from '../../support/callable.ts';
import { rejection } from '../../support/rejection.ts';
import { documentsOf } from '../../support/stored-documents.ts';
import { openWorld, type World } from '../../support/world.ts';

/** The emulator starts a process for each call of a function that is made while others run. */
const AT_ONCE = 5;

describe('repeated requests', () => {
  let world: World;
  let client: Firememory;
  before(async () => {
    world = await openWorld('repeated');
    client = world.editor.open(world.tenant);
  });

  it('store an exact duplicate once, whatever its white space and normal form', async () => {
    const text = 'Caf\u00e9 on the  corner';
    const { results } = await client.memory.add({ text, tags: ['kept'] });
    const id = results[0]!.id;
    const same = [text, 'Cafe\u0301 on the  corner', '  Caf\u00e9\ton the\ncorner \u00a0'];
    for (const twin of same) {
      const again = await client.memory.add({ text: twin, id: 'chosen', tags: ['ignored'], importance: 1 });
      assert.deepEqual(again.results, [{ id, version: 1, outcome: 'duplicate' }]);
    }
    const { memory } = await client.memory.get(id);
    assert.equal(memory.text, text);
    assert.deepEqual(memory.tags, ['kept']);
    assert.equal((await rejection(client.memory.get('chosen'))).code, 'not-found');
  });

  it('store what differs in letter case, kind, role, session or space', async () => {
    const text = 'told apart';
    const inputs = [
      { text },
      { text: 'Told apart' },
      { text, kind: 'note' },
      { text, role: 'user' as const },
      { text, sessionId: 's' },
    ];
    const { results } = await client.memory.add(inputs);
    const elsewhere = await client.memory.add({ text }, { space: world.shared });
    for (const { outcome } of [...results, ...elsewhere.results]) assert.equal(outcome, 'created');
  });

  it('find a duplicate within one request', async () => {
    const { results } = await client.memory.add([{ text: 'twice in one' }, { text: ' twice  in one' }]);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['created', 'duplicate'],
    );
    assert.equal(results[0]?.id, results[1]?.id);
  });

  it('store a duplicate again where that is asked for', async () => {
    const add = () => client.memory.add({ text: 'again and again' }, { dedupe: 'off' });
    const [first, second] = [await add(), await add()];
    assert.equal(second.results[0]?.outcome, 'created');
    assert.notEqual(first.results[0]?.id, second.results[0]?.id);
  });

  it('store again what was deleted', async () => {
    const add = () => client.memory.add({ text: 'deleted in between' });
    await client.memory.delete((await add()).results[0]!.id);
    assert.equal((await add()).results[0]?.outcome, 'created');
  });

  it('with one key and one body are answered as the first one, and do nothing', async () => {
    const add = () => client.memory.add({ text: 'with a key' }, { key: 'k1', dedupe: 'off' });
    const first = await add();
    const stored = await documentsOf(world.tenant);
    assert.deepEqual(await add(), { ...first, replayed: true });
    assert.deepEqual(await documentsOf(world.tenant), stored);
    assert.equal(first.replayed, false);
  });

  it('with one key replay an update, a deletion and an append too', async () => {
    await client.memory.add({ id: 'keyed', text: 'to be changed and deleted' });
    const calls = [
      () => client.memory.update('keyed', { importance: 1 }, { key: 'k-update', ifVersion: 1 }),
      () => client.memory.delete('keyed', { key: 'k-delete' }),
      () => client.session.append('keyed', [{ role: 'user', text: 'once' }], { key: 'k-append' }),
    ];
    for (const call of calls) {
      const first = await call();
      const stored = await documentsOf(world.tenant);
      assert.deepEqual(await call(), { ...first, replayed: true });
      assert.deepEqual(await documentsOf(world.tenant), stored);
    }
    assert.equal((await client.session.history('keyed')).messages.length, 1);
  });

  it('[30] with one key and another body are refused, and do nothing', async () => {
    await client.memory.add({ text: 'the first body' }, { key: 'k2' });
    const stored = await documentsOf(world.tenant);
    const others = [
      () => client.memory.add({ text: 'another body' }, { key: 'k2' }),
      () => client.memory.add({ text: 'the first body' }, { key: 'k2', dedupe: 'off' }),
      () => client.session.append('s', [{ role: 'user', text: 'the first body' }], { key: 'k2' }),
    ];
    for (const call of others) {
      const error = await rejection(call());
      assert.equal(error.code, 'failed-precondition');
      assert.equal(error.reason, 'key-reused');
      assert.equal(error.retryable, false);
    }
    assert.deepEqual(await documentsOf(world.tenant), stored);
  });

  it('of another member or in another space may have the same key', async () => {
    const [mine, yours] = [world.editor, world.admin].map((user) => user.open(world.tenant));
    const options = { key: 'k3', space: world.shared };
    await mine!.memory.add({ text: 'of the editor' }, options);
    const { results, replayed } = await yours!.memory.add({ text: 'of the admin' }, options);
    assert.deepEqual([results[0]?.outcome, replayed], ['created', false]);
    assert.equal((await mine!.memory.add({ text: 'in another space' }, { key: 'k3' })).replayed, false);
  });

  it('[29] at the same time with one key make one memory, and are all answered alike', async () => {
    const add = () => client.memory.add({ text: 'at the same time' }, { key: 'k4', dedupe: 'off' });
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, add));
    for (const { results } of answers) assert.deepEqual(results, answers[0]?.results);
    assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
    const { memories } = await client.memory.list({ filter: { text: 'at the same time' } });
    assert.equal(memories.length, 1);
  });

  it('[31] at the same time at one version: one wins, the others are told', async () => {
    await client.memory.add({ id: 'contended', text: 'contended' });
    const update = (importance: number) =>
      client.memory.update('contended', { importance }, { ifVersion: 1 });
    const places = Array.from({ length: AT_ONCE }, (_, place) => place);
    const outcomes = await Promise.allSettled(places.map((place) => update(place / AT_ONCE)));
    const won = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.memory] : []));
    assert.equal(won.length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'aborted');
    }
    const { memory } = await client.memory.get('contended');
    assert.deepEqual(memory, won[0]);
    assert.equal(memory.version, 2);
  });

  it('at a version that has moved on change and delete nothing', async () => {
    await client.memory.add({ id: 'moved', text: 'moved on' });
    await client.memory.update('moved', { importance: 0.1 }, { ifVersion: 1 });
    const stored = await documentsOf(world.tenant);
    const { token, uid: space } = world.editor;
    const request = { tenant: world.tenant, space, id: 'moved', ifVersion: 1 };
    for (const [operation, data] of [
      ['memory-update', { ...request, changes: { text: 'lost update' } }],
      ['memory-delete', request],
    ] as const) {
      const answer = await post(operation, data, token);
      assert.equal(answer.status, 409);
      const { status, details } = errorOf(answer);
      assert.equal(status, 'ABORTED');
      assert.equal(details.reason, 'version-mismatch');
      assert.equal(details.collection, 'memories');
      assert.equal(details.retryable, false);
    }
    assert.deepEqual(await documentsOf(world.tenant), stored);
    assert.deepEqual(await client.memory.delete('moved', { ifVersion: 2 }), { id: 'moved', version: 3 });
  });
});
