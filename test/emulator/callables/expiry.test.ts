import assert from 'node:assert/strict';
import type { Firememory } from '../../../client/src/index.ts';
import { sweepExpired } from '../../../functions/src/triggers/sweep-expired.ts';
import { until } from '../../support/poll.ts';
import { rejection } from '../../support/rejection.ts';
import { documentsOf } from '../../support/stored-documents.ts';
import { openWorld, type World } from '../../support/world.ts';

describe('[33] an expired memory', () => {
  let world: World;
  let client: Firememory;
  before(async () => {
    world = await openWorld('expiry');
    client = world.editor.open(world.tenant);
  });

  const turn = (id: string) =>
    ({ id, text: `the quokka ${id}`, kind: 'message', role: 'user', sessionId: id }) as const;

  /** In which reads a memory of `turn` is present. */
  async function readsWith(id: string): Promise<string[]> {
    const has = (memories: readonly { readonly id: string }[]) => memories.some((memory) => memory.id === id);
    const presence: [string, boolean][] = [
      [
        'get',
        await client.memory.get(id).then(
          () => true,
          (error) => error.code !== 'not-found',
        ),
      ],
      ['list', has((await client.memory.list({ limit: 100 })).memories)],
      ['filtered list', has((await client.memory.list({ filter: { id }, limit: 1 })).memories)],
      ['search', has((await client.memory.search(`quokka ${id}`)).results.map(({ memory }) => memory))],
      ['history', has((await client.session.history(id)).messages)],
      ['session list', (await client.session.list()).sessions.some((session) => session.id === id)],
      ['context', has((await client.session.context(id)).recent)],
      ['relevant', has((await client.session.context('none', { query: `quokka ${id}` })).relevant)],
      [
        'past',
        await client.memory.history(id).then(
          () => true,
          (error) => error.code !== 'not-found',
        ),
      ],
      ['purge', JSON.stringify(await client.memory.purge({ id })).includes('"matched":1')],
      ...(await readsOfBatch(id)),
    ];
    return presence.flatMap(([name, present]) => (present ? [name] : []));
  }

  /** The same reads as operations of a batch. */
  async function readsOfBatch(id: string): Promise<[string, boolean][]> {
    const { results } = await client.memory.batch([
      { op: 'get', id },
      { op: 'list', filter: { id } },
      { op: 'search', query: `quokka ${id}` },
      { op: 'history', id },
    ]);
    return results.map((result, place) => [
      `batch ${['get', 'list', 'search', 'past'][place]}`,
      result.ok && JSON.stringify(result.value).includes(`"id":"${id}"`),
    ]);
  }

  const EVERY_READ = [
    'get',
    'list',
    'filtered list',
    'search',
    'history',
    'session list',
    'context',
    'relevant',
    'past',
    'purge',
    'batch get',
    'batch list',
    'batch search',
    'batch past',
  ];

  it('is absent from every read at once, though it is still stored', async () => {
    await client.memory.add(turn('was'));
    assert.deepEqual(await readsWith('was'), EVERY_READ);
    await client.memory.update('was', { expiresAt: new Date().toISOString() });
    assert.deepEqual(await readsWith('was'), []);
    const stored = await documentsOf(world.tenant);
    assert.ok(stored.some((document) => document.includes('/memories/was ')));
  });

  it('cannot be changed, deleted or restored any more, and its id and its text are free', async () => {
    const again = [
      () => client.memory.update('was', { expiresAt: null }),
      () => client.memory.update('was', { text: 'revived' }),
      () => client.memory.delete('was'),
      () => client.memory.restore('was', 1),
    ];
    for (const call of again) assert.equal((await rejection(call())).reason, 'memory-not-found');
    const { results } = await client.memory.add(turn('was'));
    assert.deepEqual(results, [{ id: 'was', version: 3, outcome: 'created' }]);
    assert.deepEqual(await readsWith('was'), EVERY_READ);
  });

  it('does not make what is told again a duplicate', async () => {
    const text = 'told once more';
    const { results } = await client.memory.add({ text, expiresAt: '2020-01-01T00:00:00.000Z' });
    const again = await client.memory.add({ text });
    assert.equal(again.results[0]?.outcome, 'created');
    assert.notEqual(again.results[0]?.id, results[0]?.id);
  });

  it('does not make a page short or end a list early', async () => {
    const space = world.shared;
    const add = (id: string, expiresAt?: string) =>
      client.memory.add({ id, text: `page ${id}`, ...(expiresAt && { expiresAt }) }, { space });
    for (const id of ['a', 'b', 'c', 'd']) {
      await add(id);
      await add(`${id}-gone`, '2020-01-01T00:00:00.000Z');
    }
    const first = await client.memory.list({ space, limit: 2 });
    const second = await client.memory.list({ space, limit: 2, cursor: first.nextCursor ?? '' });
    const ids = [first, second].map(({ memories }) => memories.map(({ id }) => id).join(''));
    assert.deepEqual(ids, ['dc', 'ba']);
    assert.equal(second.nextCursor, null);
  });

  it('is one whose time to live has passed', async () => {
    const { results } = await client.memory.add({ ...turn('brief'), ttlSeconds: 0.5 });
    const id = results[0]!.id;
    await until('the end of its time', () =>
      client.memory.get(id).then(
        () => null,
        (error) => error.code,
      ),
    );
    assert.deepEqual(await readsWith('brief'), []);
  });

  it('is none as long as its time has not come', async () => {
    await client.memory.add({ ...turn('lasting'), ttlSeconds: 3_600 });
    assert.deepEqual(await readsWith('lasting'), EVERY_READ);
    const { memory } = await client.memory.get('lasting');
    assert.equal(Date.parse(memory.expiresAt ?? '') - Date.parse(memory.createdAt), 3_600_000);
    const { memory: longer } = await client.memory.update('lasting', { expiresAt: null });
    assert.equal(longer.expiresAt, null);
    const { memory: shorter } = await client.memory.update('lasting', { ttlSeconds: 60 });
    assert.equal(Date.parse(shorter.expiresAt ?? '') - Date.parse(shorter.updatedAt), 60_000);
  });

  it('of an agent is absent from its reads as well, and cannot be deleted', async () => {
    const record = { agentId: 'keeper', type: 'plan', content: 'feed the quokka' };
    const { id } = await client.agentData.add({ ...record, ttlSeconds: 0.5 });
    const { id: lasting } = await client.agentData.add({ ...record, ttlSeconds: 3_600 });
    await until('the end of its time', () =>
      client.agentData.get(id).then(
        () => null,
        (error) => error.code,
      ),
    );
    const { records } = await client.agentData.list({ agentId: 'keeper' });
    assert.deepEqual(
      records.map((one) => one.id),
      [lasting],
    );
    assert.equal((await rejection(client.agentData.delete(id))).reason, 'record-not-found');
  });

  it('is absent after it was swept too, with all that belonged to it, and nothing else is', async () => {
    await client.memory.add(turn('swept'));
    await client.memory.update('swept', { expiresAt: new Date().toISOString() });
    await client.memory.add(turn('kept'));
    await sweepExpired.run({ scheduleTime: new Date().toISOString() });
    assert.deepEqual(await readsWith('swept'), []);
    const about = (await documentsOf(world.tenant)).filter((path) => /\/swept[/ ]/.test(path));
    assert.deepEqual(about, []);
    assert.deepEqual(await readsWith('kept'), EVERY_READ);
  });
});
