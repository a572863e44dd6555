/** From the client, through the rules and the trigger, to the memory and back. */
import assert from 'node:assert/strict';
import { disableNetwork, doc, enableNetwork, getDocFromServer } from 'firebase/firestore';
import { onCommandCreated } from '../../../functions/src/triggers/on-command-created.ts';
import { errorOf, post, resultOf } from '../../support/callable.ts';
import { rejection } from '../../support/rejection.ts';
import { openWorld, type World } from '../../support/world.ts';

describe('a change that a client queues', () => {
  let world: World;
  before(async () => {
    world = await openWorld('inbox');
  });

  const client = () => world.editor.open(world.tenant);
  const texts = async (space?: string) => {
    const { memories } = await client().memory.list({
      space,
      order: { field: 'createdAt', direction: 'asc' },
    });
    return memories.map(({ text }) => text);
  };

  it('is carried out, and its outcome is what the callable would have answered', async () => {
    const { enqueue, memory } = client();
    const command = enqueue.add({ id: 'first', text: 'The tram is late', tags: ['travel'] });
    await command.written;
    const { results } = await command.outcome();
    assert.deepEqual(results, [{ id: 'first', version: 1, outcome: 'created' }]);
    assert.equal((await memory.get('first')).memory.text, 'The tram is late');
    const changed = await enqueue.update('first', { tags: null }).outcome();
    assert.deepEqual(changed.memory.tags, []);
    assert.equal((await enqueue.delete('first').outcome()).id, 'first');
  });

  it('fails with the error of the callable', async () => {
    const error = await rejection(client().enqueue.delete('never-there').outcome());
    assert.deepEqual(
      [error.code, error.reason, error.operation, error.message],
      ['not-found', 'memory-not-found', 'memory.delete', 'There is no such memory.'],
    );
  });

  it('is refused at once where its author may not write', async () => {
    const viewer = world.viewer.open(world.tenant);
    const command = viewer.enqueue.add({ text: 'x' }, { space: world.shared });
    const error = await rejection(command.written);
    assert.deepEqual([error.code, error.reason], ['permission-denied', 'permission-denied']);
    const allowed = world.editor.open(world.tenant).enqueue.add({ text: 'x' }, { space: world.shared });
    await allowed.outcome();
  });

  it('is kept while there is no network, and done in order and once when there is', async () => {
    const { enqueue } = client();
    await disableNetwork(world.editor.firestore);
    const space = world.shared;
    const commands = [
      enqueue.add({ id: 'offline', text: 'written on the train' }, { space }),
      enqueue.update('offline', { text: 'changed on the train' }, { space, ifVersion: 1 }),
      enqueue.append('ride', [{ role: 'user', text: 'one' }], { space }),
      enqueue.append('ride', [{ role: 'user', text: 'one' }], { space }),
      enqueue.delete('offline', { space, ifVersion: 2 }),
      enqueue.add({ id: 'offline', text: 'written anew' }, { space }),
    ];
    const waiting = await Promise.race([commands[0]!.written.then(() => 'written'), pause()]);
    assert.equal(waiting, 'waiting');
    await enableNetwork(world.editor.firestore);
    await Promise.all(commands.map((command) => command.outcome()));
    const { memory, session } = client();
    assert.equal((await memory.get('offline', { space })).memory.text, 'written anew');
    const { revisions } = await memory.history('offline', { space });
    assert.deepEqual(revisions.map(({ change }) => change).sort(), ['create', 'create', 'delete', 'update']);
    assert.equal((await session.history('ride', { space })).messages.length, 2);
  });

  it('[23] has one effect when its event is delivered again, also with no data', async () => {
    const command = client().enqueue.append('again', [{ role: 'user', text: 'once' }]);
    await command.outcome();
    const params = { tenantId: world.tenant, spaceId: world.editor.uid, commandId: command.id };
    await deliverEvent(params);
    assert.equal((await client().session.history('again')).messages.length, 1);
  });

  it('ignores the event of a command whose id no operation could have for its key', async () => {
    const params = { tenantId: world.tenant, spaceId: 'space', commandId: 'not.an.id' };
    await deliverEvent(params);
  });

  it('answers a callable with the command’s id for its key as it did the command', async () => {
    const memories = [{ text: 'said twice by two doors' }];
    const command = client().enqueue.add(memories, { dedupe: 'off' });
    const { results } = await command.outcome();
    const scope = { tenant: world.tenant, space: world.editor.uid, key: command.id };
    const again = await post('memory-add', { ...scope, memories, dedupe: 'off' }, world.editor.token);
    assert.deepEqual(resultOf(again), { results, replayed: true });
    const other = await post('memory-add', { ...scope, memories, dedupe: 'exact' }, world.editor.token);
    assert.equal(errorOf(other).details.reason, 'key-reused');
    assert.equal((await texts()).filter((text) => text === memories[0]!.text).length, 1);
  });

  it('is nobody else’s to read', async () => {
    const command = client().enqueue.add({ text: 'for me' }, { space: world.shared });
    await command.outcome();
    const path = `tenants/${world.tenant}/spaces/${world.shared}/inbox/${command.id}`;
    await assert.rejects(getDocFromServer(doc(world.owner.firestore, path)), { code: 'permission-denied' });
    assert.equal((await getDocFromServer(doc(world.editor.firestore, path))).get('state'), 'done');
  });

  it('goes on when nobody waits for it any more', async () => {
    const command = client().enqueue.add({ id: 'unwatched', text: 'patience' });
    const stop = new AbortController();
    const outcome = rejection(command.outcome({ signal: stop.signal }));
    stop.abort();
    const error = await outcome;
    assert.equal(error.code, 'cancelled');
    await command.outcome();
    assert.equal((await client().memory.get('unwatched')).memory.text, 'patience');
  });
});

/** Hands the trigger an event whose data are missing, as the platform may send one. */
async function deliverEvent(params: Readonly<Record<'tenantId' | 'spaceId' | 'commandId', string>>) {
  type Event = Parameters<typeof onCommandCreated.run>[0];
  await onCommandCreated.run({ params, data: undefined } as unknown as Event);
}

/** Resolves after the event loop has turned a few hundred times: time enough for a write to an emulator. */
async function pause(): Promise<'waiting'> {
  for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
  return 'waiting';
}
