import assert from 'node:assert/strict';
import { failsWith } from '../fails-with.ts';
import { by, type Enrol, type MakeManager, newTenant } from './subject.ts';

const denied = failsWith('permission-denied', 'permission-denied');

/** `spaces`: shared ones, grants, what is in them and who may use them. */
export function describeSpaces(make: MakeManager, enrol: Enrol): void {
  describe('spaces', () => {
    const open = async () => {
      const tenant = newTenant();
      await enrol(tenant, { ada: 'admin', ed: 'editor', vic: 'viewer' });
      return make(tenant);
    };

    it('are created by admins, each id once, and listed to every member', async () => {
      const { spaces } = await open();
      const { space } = await spaces.create({ id: 'team', name: 'Team' }, by('ada'));
      assert.deepEqual(
        [space.id, space.name, space.kind, space.createdBy],
        ['team', 'Team', 'shared', 'ada'],
      );
      await assert.rejects(spaces.create({ name: 'Own' }, by('ed')), denied);
      const taken = failsWith('already-exists', 'space-exists');
      for (const id of ['team', 'ed']) {
        await assert.rejects(spaces.create({ id, name: 'Again' }, by('ada')), taken, id);
      }
      const listed = async (uid: string) =>
        (await spaces.list({}, by(uid))).spaces.map(({ id, access }) => `${id} ${access}`);
      assert.deepEqual(await listed('ed'), ['ed write', 'team write']);
      assert.deepEqual(await listed('vic'), ['vic read', 'team read']);
      await assert.rejects(spaces.list({}, by('stranger')), denied);
    });

    it('without an id are created once for a key', async () => {
      const { spaces } = await open();
      const create = (name: string) => spaces.create({ name, key: 'k' }, by('ada'));
      const first = await create('Team');
      assert.deepEqual(await create('Team'), { ...first, replayed: true });
      await assert.rejects(create('Other'), failsWith('failed-precondition', 'key-reused'));
      assert.equal((await spaces.list({}, by('ada'))).spaces.length, 2, 'its own and the new one');
    });

    it('are opened to a member by a grant, and closed by its end', async () => {
      const { spaces } = await open();
      const { space } = await spaces.grant('ed', { uid: 'vic', access: 'write' }, by('ed'));
      assert.deepEqual(space.grants, { vic: 'write' });
      const accessOf = async (uid: string) =>
        (await spaces.list({}, by(uid))).spaces.find(({ id }) => id === 'ed')?.access;
      assert.equal(await accessOf('vic'), 'write');
      await spaces.revoke('ed', { uid: 'vic', access: 'write' }, by('ed'));
      assert.equal(await accessOf('vic'), 'read');
      const ended = await spaces.revoke('ed', { uid: 'vic' }, by('ed'));
      assert.deepEqual([ended.space.grants, await accessOf('vic')], [{}, undefined]);
      await assert.rejects(spaces.grant('ed', { uid: 'vic', access: 'read' }, by('ada')), denied);
      const notAMember = failsWith('failed-precondition', 'not-a-member');
      await assert.rejects(spaces.grant('ed', { uid: 'who', access: 'read' }, by('ed')), notAMember);
    });

    it('count their memories, and are deleted with all that is in them', async () => {
      const manager = await open();
      const { spaces } = manager;
      await spaces.create({ id: 'team', name: 'Team' }, by('ada'));
      const memories = [
        { text: 'one', tags: ['a'] },
        { text: 'two', kind: 'note' },
      ];
      await manager.add('team', { memories }, by('ed'));
      const { count, bytes, byKind, byTag } = await spaces.stats('team', by('ed'));
      assert.deepEqual([count, bytes, byKind, byTag], [2, 10, { fact: 1, note: 1 }, { a: 1 }]);
      await assert.rejects(spaces.delete('team', {}, by('ed')), denied);
      const gone = await spaces.delete('team', { key: 'k' }, by('ada'));
      assert.deepEqual(gone, { id: 'team', deleted: 2 });
      assert.deepEqual(await spaces.delete('team', { key: 'k' }, by('ada')), { ...gone, replayed: true });
      await assert.rejects(manager.add('team', { memories }, by('ed')), denied);
      assert.deepEqual((await manager.list('team', {}, by('ed'))).memories, []);
    });
  });
}
