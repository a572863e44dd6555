import assert from 'node:assert/strict';
import { errorOf, post } from '../../support/callable.ts';
import { rejection } from '../../support/rejection.ts';
import { openWorld, uniqueId, type World } from '../../support/world.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('administration', () => {
  let world: World;
  before(async () => {
    world = await openWorld('administration');
  });

  const owner = () => world.owner.open(world.tenant);

  it('makes a tenant whose owner is the caller', async () => {
    const id = uniqueId('new');
    const { tenant, role } = await world.editor.open(id).tenant.create({ name: 'Zoölogy 🦓' });
    const { createdAt, ...rest } = tenant;
    assert.match(createdAt, ISO);
    assert.deepEqual(rest, { id, name: 'Zoölogy 🦓', status: 'active', createdBy: world.editor.uid });
    assert.equal(role, 'owner');
    const { members, nextCursor } = await world.editor.open(id).tenant.members();
    assert.deepEqual(members, [{ uid: world.editor.uid, role: 'owner', createdAt, updatedAt: createdAt }]);
    assert.equal(nextCursor, null);
  });

  it('names a tenant by its id where no name is given', async () => {
    const id = uniqueId('nameless');
    assert.equal((await world.owner.open(id).tenant.create()).tenant.name, id);
  });

  it('does not make a tenant twice, whoever asks', async () => {
    for (const user of [world.owner, world.stranger]) {
      const error = await rejection(user.open(world.tenant).tenant.create());
      assert.equal(error.code, 'already-exists');
      assert.equal(error.reason, 'tenant-exists');
    }
    const { members } = await owner().tenant.members();
    assert.ok(members.every(({ uid }) => uid !== world.stranger.uid));
  });

  it('makes a member, and keeps since when when the role changes', async () => {
    const uid = uniqueId('member');
    const { member } = await owner().tenant.setMember(uid, 'viewer');
    assert.match(member.createdAt, ISO);
    assert.deepEqual(member, {
      uid,
      role: 'viewer',
      createdAt: member.createdAt,
      updatedAt: member.createdAt,
    });
    const { member: later } = await owner().tenant.setMember(uid, 'editor');
    assert.equal(later.createdAt, member.createdAt);
    assert.ok(later.updatedAt > member.updatedAt);
    assert.equal(later.role, 'editor');
  });

  it('tells all members, page by page, each once and in order', async () => {
    const uids: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 20; page += 1) {
      const { members, nextCursor } = await owner().tenant.members({ limit: 2, cursor });
      assert.ok(members.length <= 2);
      uids.push(...members.map(({ uid }) => uid));
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
    assert.deepEqual(uids, [...new Set(uids)].sort());
    const { members } = await owner().tenant.members({ limit: 100 });
    assert.deepEqual(
      uids,
      members.map(({ uid }) => uid),
    );
    for (const { uid } of [world.owner, world.admin, world.editor, world.viewer])
      assert.ok(uids.includes(uid));
  });

  it('[14] does not go on with the members of another tenant', async () => {
    const { nextCursor } = await owner().tenant.members({ limit: 1 });
    const other = world.owner.open(uniqueId('other'));
    await other.tenant.create();
    const error = await rejection(other.tenant.members({ limit: 1, cursor: nextCursor ?? '' }));
    assert.deepEqual(error.issues, [{ path: 'cursor', code: 'invalid_cursor' }]);
    assert.equal(error.reason, 'invalid-cursor');
    await owner().tenant.members({ limit: 1, cursor: nextCursor ?? '' });
  });

  it('makes a shared space, with an id of its own if none is given', async () => {
    const { tenant } = world;
    const { space } = await owner().space.create({ id: 'garden', name: 'The garden' });
    const { createdAt, ...rest } = space;
    assert.match(createdAt, ISO);
    const createdBy = world.owner.uid;
    assert.deepEqual(rest, { id: 'garden', tenant, name: 'The garden', kind: 'shared', createdBy });
    const unnamed = await owner().space.create({ name: 'The garden' });
    assert.match(unnamed.space.id, /^[A-Za-z0-9_-]{10,}$/);
    assert.notEqual(unnamed.space.id, 'garden');
    await world.editor.open(tenant).memory.add({ text: 'roses' }, { space: unnamed.space.id });
  });

  it('gives no two spaces one id, and none that of a personal space', async () => {
    await owner().space.create({ id: 'once', name: 'Once' });
    for (const id of ['once', world.viewer.uid]) {
      const error = await rejection(owner().space.create({ id, name: 'Twice' }));
      assert.equal(error.code, 'already-exists');
      assert.equal(error.reason, 'space-exists');
    }
  });

  it('makes nobody a member whose personal space would be a shared one', async () => {
    await owner().space.create({ id: 'not-a-person', name: 'Shared' });
    const error = await rejection(owner().tenant.setMember('not-a-person', 'viewer'));
    assert.equal(error.code, 'failed-precondition');
    assert.equal(error.reason, 'space-has-this-id');
  });

  it('tells whoever is signed in whether the service works, with or without data', async () => {
    const { checks, ...rest } = await world.stranger.open('no-tenant-at-all').system.health();
    assert.deepEqual(rest, { status: 'healthy', version: rest.version });
    assert.match(rest.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(Object.keys(checks).sort(), ['derived', 'embedder', 'firestore']);
    for (const { status, latencyMs } of Object.values(checks)) {
      assert.equal(status, 'healthy');
      assert.ok(Number.isInteger(latencyMs) && latencyMs >= 0);
    }
    assert.equal((await post('system-health', null, world.stranger.token)).status, 200);
    assert.equal(errorOf(await post('system-health', null)).status, 'UNAUTHENTICATED');
  });
});
