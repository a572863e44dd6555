import assert from 'node:assert/strict';
import { canUseSpace } from '../../../functions/src/core/access.ts';
import { SpaceDirectory } from '../../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../../functions/src/storage/tenant-directory.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, freshId, openManager, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const denied = failsWith('permission-denied', 'permission-denied');
const notAMember = failsWith('failed-precondition', 'not-a-member');

const ROLES = { owen: 'owner', ada: 'admin', ed: 'editor', eve: 'editor', vic: 'viewer' } as const;

/** A tenant with a member of each role and one shared space. */
async function open() {
  const tenantId = freshId('tenant');
  const directory = new TenantDirectory(testDatabase(), tenantId, SILENT);
  const spaces = new SpaceDirectory(testDatabase(), tenantId, SILENT);
  await directory.create({ name: 'Acme' }, callBy('owen'));
  for (const [uid, role] of Object.entries(ROLES)) {
    if (uid !== 'owen') await directory.setMember({ uid: uid, role: role }, callBy('owen'));
  }
  await spaces.create({ id: 'team', name: 'Team' }, callBy('ada'));
  /** What the member may do in the space, as the next call of it would find. */
  const access = async (uid: string, space: string) => {
    const { standing, spaces: facts } = await directory.admit([space], callBy(uid));
    return (['read', 'write'] as const).filter((need) => canUseSpace(standing, facts[0]!, need)).join();
  };
  const list = async (uid: string, request: { limit?: number; cursor?: string } = {}) =>
    spaces.list(request, callBy(uid));
  const member = (uid: string) => directory.admit([], callBy(uid)).then(({ standing }) => standing);
  return { tenantId, directory, spaces, access, list, member };
}

describe('grants', () => {
  it('let a member read or write the personal space of another, until they are taken away', async () => {
    const { spaces, access } = await open();
    assert.equal(await access('eve', 'ed'), '');
    const { space } = await spaces.grant('ed', { uid: 'eve', access: 'read' }, callBy('ed'));
    const { grants, kind, createdBy } = space;
    assert.deepEqual([grants, kind, createdBy], [{ eve: 'read' }, 'personal', 'ed']);
    assert.equal(await access('eve', 'ed'), 'read');
    await spaces.grant('ed', { uid: 'eve', access: 'write' }, callBy('ed'));
    assert.equal(await access('eve', 'ed'), 'read,write');
    assert.equal(await access('owen', 'ed'), '', 'nobody else gains by it');
    await spaces.revoke('ed', { uid: 'eve', access: 'write' }, callBy('ed'));
    assert.equal(await access('eve', 'ed'), 'read');
    assert.deepEqual((await spaces.revoke('ed', { uid: 'eve' }, callBy('ed'))).space.grants, {});
    assert.equal(await access('eve', 'ed'), '');
    assert.equal(await access('ed', 'ed'), 'read,write', 'the owner needs none');
  });

  it('are at most a thousand in one space, and one who has one can still get another', async () => {
    const { tenantId, spaces } = await open();
    await spaces.grant('team', { uid: 'vic', access: 'read' }, callBy('ada'));
    const others = Object.fromEntries(Array.from({ length: 999 }, (_, n) => [`other-${n}`, 'read']));
    await spaceOf(tenantId, 'team').space.update({ grants: { vic: 'read', ...others } });
    const full = failsWith('failed-precondition', 'too-many-grants');
    await assert.rejects(spaces.grant('team', { uid: 'eve', access: 'read' }, callBy('ada')), full);
    await spaces.grant('team', { uid: 'vic', access: 'write' }, callBy('ada'));
  });

  it('let a viewer write where it was granted, and only there', async () => {
    const { spaces, access } = await open();
    assert.equal(await access('vic', 'team'), 'read');
    await spaces.grant('team', { uid: 'vic', access: 'write' }, callBy('ada'));
    await spaces.grant('ed', { uid: 'vic', access: 'write' }, callBy('ed'));
    assert.equal(await access('vic', 'team'), 'read,write');
    assert.equal(await access('vic', 'ed'), 'read,write');
    assert.equal(await access('vic', 'vic'), 'read');
    await spaces.grant('team', { uid: 'ed', access: 'read' }, callBy('ada'));
    assert.equal(await access('ed', 'team'), 'read,write', 'a grant takes nothing from a role');
  });

  it('are given by the owner of a personal space and by the admins of a shared one, by nobody else', async () => {
    const { spaces } = await open();
    for (const by of ['owen', 'ada', 'eve', 'vic', 'stranger']) {
      await assert.rejects(spaces.grant('ed', { uid: 'eve', access: 'read' }, callBy(by)), denied, by);
      await assert.rejects(spaces.revoke('ed', { uid: 'eve' }, callBy(by)), denied, by);
      await assert.rejects(spaces.grant('none', { uid: 'eve', access: 'read' }, callBy(by)), denied, by);
    }
    for (const by of ['ed', 'vic', 'stranger']) {
      await assert.rejects(spaces.grant('team', { uid: 'vic', access: 'write' }, callBy(by)), denied, by);
    }
    for (const by of ['owen', 'ada']) await spaces.grant('team', { uid: 'vic', access: 'write' }, callBy(by));
    await spaces.grant('vic', { uid: 'ed', access: 'read' }, callBy('vic'));
  });

  it('are for active members, and not for the owner of the space', async () => {
    const { tenantId, spaces } = await open();
    await assert.rejects(spaces.grant('ed', { uid: 'stranger', access: 'read' }, callBy('ed')), notAMember);
    await assert.rejects(
      spaces.grant('team', { uid: 'stranger', access: 'read' }, callBy('ada')),
      notAMember,
    );
    assert.equal((await spaceOf(tenantId, 'ed').space.get()).exists, false);
    await assert.rejects(
      spaces.grant('ed', { uid: 'ed', access: 'read' }, callBy('ed')),
      failsWith('invalid-argument', 'invalid-request'),
    );
    assert.deepEqual(
      (await spaces.revoke('ed', { uid: 'stranger', access: 'write' }, callBy('ed'))).space.grants,
      {},
    );
  });

  it('hold only while the grantee and the owner are active members', async () => {
    const { tenantId, spaces, access } = await open();
    await spaces.grant('ed', { uid: 'eve', access: 'write' }, callBy('ed'));
    const { space } = spaceOf(tenantId, 'ed');
    for (const uid of ['eve', 'ed']) {
      const member = space.parent.parent!.collection('members').doc(uid);
      await member.update({ status: 'suspended' });
      assert.equal(await access('eve', 'ed'), '');
      await member.update({ status: 'active' });
      assert.equal(await access('eve', 'ed'), 'read,write');
    }
  });

  it('are nothing where what is stored is not sound', async () => {
    const { tenantId, access } = await open();
    const { space } = spaceOf(tenantId, 'ed');
    for (const grants of [{ eve: 'admin' }, { eve: true }, 'eve', ['eve'], null]) {
      await space.set({ kind: 'personal', grants });
      assert.equal(await access('eve', 'ed'), '', JSON.stringify(grants));
    }
    await space.set({ kind: 'public', grants: { eve: 'write' } });
    assert.equal(await access('eve', 'ed'), '');
    await space.set({ grants: { eve: 'write' } });
    assert.equal(await access('eve', 'ed'), '');
    await space.set({ kind: 'personal', grants: { eve: 'write' } });
    assert.equal(await access('eve', 'ed'), 'read,write');
  });

  it('given at the same time are all kept', async () => {
    const { spaces } = await open();
    const grantees = ['owen', 'ada', 'eve', 'vic'];
    await Promise.all(grantees.map((uid) => spaces.grant('ed', { uid, access: 'read' }, callBy('ed'))));
    const { space } = await spaces.revoke('ed', { uid: 'nobody' }, callBy('ed'));
    assert.deepEqual(Object.keys(space.grants), [...grantees].sort());
  });
});

describe('the list of spaces', () => {
  it('is the personal space, the shared ones and what was granted, each with what one may do there', async () => {
    const { spaces, list } = await open();
    await spaces.create({ id: 'lab', name: 'Lab' }, callBy('ada'));
    await spaces.grant('ed', { uid: 'vic', access: 'read' }, callBy('ed'));
    await spaces.grant('team', { uid: 'vic', access: 'write' }, callBy('ada'));
    const { spaces: seen, nextCursor } = await list('vic');
    assert.deepEqual(
      seen.map(({ id, kind, name, access }) => [id, kind, name, access]),
      [
        ['vic', 'personal', 'vic', 'read'],
        ['ed', 'personal', 'ed', 'read'],
        ['lab', 'shared', 'Lab', 'read'],
        ['team', 'shared', 'Team', 'write'],
      ],
    );
    assert.equal(nextCursor, null);
    assert.equal('grants' in seen[1]!, false);
    const theirs = (await list('ed')).spaces.map(({ id, access }) => [id, access]);
    assert.deepEqual(theirs, [
      ['ed', 'write'],
      ['lab', 'write'],
      ['team', 'write'],
    ]);
  });

  it('comes in pages that neither lose nor repeat a space, with cursors of one member alone', async () => {
    const { spaces, list } = await open();
    await spaces.create({ id: 'lab', name: 'Lab' }, callBy('ada'));
    await spaces.grant('ed', { uid: 'vic', access: 'read' }, callBy('ed'));
    for (const limit of [1, 2, 3, 4, 5]) {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list('vic', { limit, ...(cursor !== undefined && { cursor }) });
        assert.ok(page.spaces.length <= limit);
        ids.push(...page.spaces.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(ids, ['vic', 'ed', 'lab', 'team'], `limit ${limit}`);
    }
    const { nextCursor } = await list('vic', { limit: 1 });
    await assert.rejects(
      list('ed', { cursor: nextCursor! }),
      failsWith('invalid-argument', 'invalid-cursor'),
    );
  });

  it('leaves out what was granted by somebody who is no active member any more', async () => {
    const { tenantId, spaces, list } = await open();
    await spaces.grant('ed', { uid: 'vic', access: 'write' }, callBy('ed'));
    const members = spaceOf(tenantId, 'ed').space.parent.parent!.collection('members');
    await members.doc('ed').update({ status: 'suspended' });
    assert.deepEqual(
      (await list('vic')).spaces.map(({ id }) => id),
      ['vic', 'team'],
    );
  });
});

describe('the counters of a space', () => {
  it('are exact after adds, changes and deletions, and name nothing that is not there', async () => {
    const { tenantId, spaces } = await open();
    const { manager } = openManager(tenantId);
    const before = await spaces.stats('team', callBy('vic'));
    assert.deepEqual({ ...before, asOf: '' }, { count: 0, bytes: 0, byKind: {}, byTag: {}, asOf: '' });
    const memories = Array.from({ length: 40 }, (_, n) => ({
      id: `m${n}`,
      text: `memory ${n}`,
      kind: n % 2 === 0 ? 'fact' : 'note',
      tags: ['all', `t${n % 3}`],
    }));
    await manager.add('team', { memories }, callBy('ed'));
    for (const n of [1, 4, 7]) await manager.delete('team', { id: `m${n}` }, callBy('ed'));
    await manager.update('team', { id: 'm0', changes: { kind: 'event', tags: ['__odd__'] } }, callBy('ed'));
    const left = memories.filter((_, n) => ![1, 4, 7].includes(n));
    const { asOf, ...stats } = await spaces.stats('team', callBy('vic'));
    assert.deepEqual(stats, {
      count: 37,
      bytes: left.reduce((sum, { text }) => sum + text.length + 2, 0),
      byKind: { fact: 18, note: 18, event: 1 },
      byTag: { all: 36, t0: 13, t1: 10, t2: 13, __odd__: 1 },
    });
    assert.ok(Math.abs(Date.parse(asOf) - Date.now()) < 60_000);
    for (const { id } of left) await manager.delete('team', { id }, callBy('ed'));
    const after = await spaces.stats('team', callBy('vic'));
    assert.deepEqual({ ...after, asOf: '' }, { ...before, asOf: '' });
  });

  it('are refused where one of them is damaged, as a sum without it would be wrong', async () => {
    const { tenantId, spaces } = await open();
    await spaceOf(tenantId, 'team').stats.doc('3').set({ count: 'many', bytes: 1 });
    await assert.rejects(spaces.stats('team', callBy('vic')), failsWith('data-loss', 'damaged-document'));
  });
});
