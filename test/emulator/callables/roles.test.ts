import assert from 'node:assert/strict';
import type { Firememory, FirememoryError, MemberRole } from '../../../client/src/index.ts';
import { rejection } from '../../support/rejection.ts';
import { openWorld, uniqueId, type World } from '../../support/world.ts';

type Actor = 'owner' | 'admin' | 'editor' | 'viewer' | 'stranger';
const ACTORS: readonly Actor[] = ['owner', 'admin', 'editor', 'viewer', 'stranger'];

describe('roles', () => {
  let world: World;
  before(async () => {
    world = await openWorld('roles');
    await as('owner').memory.add({ id: 'known', text: 'known to the team' }, { space: world.shared });
    await as('editor').memory.add({ id: 'diary', text: 'dear diary' });
  });

  const as = (actor: Actor): Firememory => world[actor].open(world.tenant);

  /** The one way in which everything that is not allowed is refused. */
  function assertDenied(error: FirememoryError): void {
    assert.equal(error.code, 'permission-denied');
    assert.equal(error.reason, 'permission-denied');
    assert.equal(error.message, 'You may not do this, or it does not exist.');
  }

  /** What is done in the name of whom, and who may. */
  const rights: [string, readonly Actor[], (client: Firememory) => Promise<unknown>][] = [
    [
      'read a memory of a shared space',
      ['owner', 'admin', 'editor', 'viewer'],
      (c) => c.memory.get('known', { space: world.shared }),
    ],
    [
      'list a shared space',
      ['owner', 'admin', 'editor', 'viewer'],
      (c) => c.memory.list({ space: world.shared }),
    ],
    [
      'search a shared space',
      ['owner', 'admin', 'editor', 'viewer'],
      (c) => c.memory.search('team', { space: world.shared }),
    ],
    [
      'read a session of a shared space',
      ['owner', 'admin', 'editor', 'viewer'],
      (c) => c.session.history('s', { space: world.shared }),
    ],
    [
      'list the sessions of a shared space',
      ['owner', 'admin', 'editor', 'viewer'],
      (c) => c.session.list({ space: world.shared }),
    ],
    [
      'get the context of a session of a shared space',
      ['owner', 'admin', 'editor', 'viewer'],
      (c) => c.session.context('s', { space: world.shared, query: 'team' }),
    ],
    [
      'delete a session of a shared space',
      ['owner', 'admin', 'editor'],
      (c) => c.session.delete(uniqueId('none'), { space: world.shared }),
    ],
    [
      'add to a shared space',
      ['owner', 'admin', 'editor'],
      (c) => c.memory.add({ text: uniqueId('new') }, { space: world.shared }),
    ],
    [
      'change a memory of a shared space',
      ['owner', 'admin', 'editor'],
      (c) => c.memory.update('known', { importance: 1 }, { space: world.shared }),
    ],
    [
      'append to a session of a shared space',
      ['owner', 'admin', 'editor'],
      (c) => c.session.append('s', [{ role: 'user', text: 'hello' }], { space: world.shared }),
    ],
    [
      'add to the personal space',
      ['owner', 'admin', 'editor'],
      (c) => c.memory.add({ text: uniqueId('mine') }),
    ],
    ['list the personal space', ['owner', 'admin', 'editor', 'viewer'], (c) => c.memory.list()],
    ["read another's personal space", [], (c) => c.memory.list({ space: 'somebody-else' })],
    ['see who is a member', ['owner', 'admin'], (c) => c.tenant.members()],
    ['make a member', ['owner', 'admin'], (c) => c.tenant.setMember(uniqueId('new'), 'editor')],
    ['make a shared space', ['owner', 'admin'], (c) => c.space.create({ name: 'Another' })],
    ['make an owner', ['owner'], (c) => c.tenant.setMember(uniqueId('new'), 'owner')],
  ];
  for (const [what, allowed, act] of rights) {
    for (const actor of ACTORS) {
      const may = allowed.includes(actor);
      it(`${may ? 'let' : 'do not let'} the ${actor} ${what}`, async () => {
        if (may) await act(as(actor));
        else assertDenied(await rejection(act(as(actor))));
      });
    }
  }

  it('do not let a viewer delete what an editor may', async () => {
    const { shared: space } = world;
    const { results } = await as('editor').memory.add({ text: 'to be deleted' }, { space });
    const id = results[0]!.id;
    assertDenied(await rejection(as('viewer').memory.delete(id, { space })));
    assert.deepEqual(await as('editor').memory.delete(id, { space }), { id, version: 2 });
  });

  for (const actor of ['owner', 'admin'] as const) {
    it(`do not let the ${actor} into another's personal space, which its member may use`, async () => {
      const space = world.editor.uid;
      const attempts = [
        (c: Firememory) => c.memory.get('diary', { space }),
        (c: Firememory) => c.memory.list({ space }),
        (c: Firememory) => c.memory.search('diary', { space }),
        (c: Firememory) => c.memory.search('diary', { spaces: [space] }),
        (c: Firememory) => c.memory.add({ text: 'intrusion' }, { space }),
        (c: Firememory) => c.memory.update('diary', { importance: 0.1 }, { space }),
        (c: Firememory) => c.session.history('s', { space }),
      ];
      for (const attempt of attempts) {
        assertDenied(await rejection(attempt(as(actor))));
        await attempt(as('editor'));
      }
    });
  }

  const changes: [string, Actor, MemberRole, MemberRole, boolean][] = [
    ['an admin make an editor an admin', 'admin', 'editor', 'admin', true],
    ['an admin make another admin a viewer', 'admin', 'admin', 'viewer', true],
    ['an admin make a member an owner', 'admin', 'editor', 'owner', false],
    ['an admin make an owner a viewer', 'admin', 'owner', 'viewer', false],
    ['an owner make an owner a viewer', 'owner', 'owner', 'viewer', true],
    ['an editor make a viewer an editor', 'editor', 'viewer', 'editor', false],
  ];
  for (const [what, actor, from, to, may] of changes) {
    it(`${may ? 'let' : 'do not let'} ${what}`, async () => {
      const uid = uniqueId('member');
      const { member } = await as('owner').tenant.setMember(uid, from);
      const attempt = as(actor).tenant.setMember(uid, to);
      if (!may) return assertDenied(await rejection(attempt));
      const { member: changed } = await attempt;
      assert.deepEqual(changed, { ...member, role: to, updatedAt: changed.updatedAt });
    });
  }

  it('keep the last owner one, whoever asks', async () => {
    const tenant = uniqueId('one-owner');
    const owner = world.owner.open(tenant);
    await owner.tenant.create();
    await owner.tenant.setMember(world.admin.uid, 'admin');
    const error = await rejection(owner.tenant.setMember(world.owner.uid, 'admin'));
    assert.equal(error.code, 'failed-precondition');
    assert.equal(error.reason, 'last-owner');
    assertDenied(await rejection(world.admin.open(tenant).tenant.setMember(world.owner.uid, 'viewer')));
    await owner.tenant.setMember(world.editor.uid, 'owner');
    assert.equal((await owner.tenant.setMember(world.owner.uid, 'admin')).member.role, 'admin');
  });

  it('take effect with the next call, while the token is the same', async () => {
    const { tenant, shared: space, stranger, owner } = world;
    const client = stranger.open(tenant);
    const add = () => client.memory.add({ text: uniqueId('changing') }, { space });
    assertDenied(await rejection(add()));
    await owner.open(tenant).tenant.setMember(stranger.uid, 'editor');
    assert.equal((await add()).results[0]?.outcome, 'created');
    await owner.open(tenant).tenant.setMember(stranger.uid, 'viewer');
    assertDenied(await rejection(add()));
    assert.ok((await client.memory.list({ space })).memories.length > 0);
  });
});
