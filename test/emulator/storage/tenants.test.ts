import assert from 'node:assert/strict';
import { LIMITS } from '../../../functions/src/config.ts';
import type { TenantSettings } from '../../../functions/src/contract/types.ts';
import { canUseSpace, isMember } from '../../../functions/src/core/access.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { AgentDataManager } from '../../../functions/src/storage/agent-data-manager.ts';
import { MAX_ENDED_GRANTS } from '../../../functions/src/storage/ended-grants.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { tenantPaths } from '../../../functions/src/storage/paths.ts';
import { SpaceDirectory } from '../../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../../functions/src/storage/tenant-directory.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, freshId, openManager, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const denied = failsWith('permission-denied', 'permission-denied');
const lastOwner = failsWith('failed-precondition', 'last-owner');

const ROLES = { owen: 'owner', ada: 'admin', ed: 'editor', vic: 'viewer' } as const;

/** A tenant with a member of each role. */
async function open() {
  const tenantId = freshId('tenant');
  const directory = new TenantDirectory(testDatabase(), tenantId, SILENT);
  const spaces = new SpaceDirectory(testDatabase(), tenantId, SILENT);
  await directory.create({ name: 'Acme' }, callBy('owen'));
  for (const [uid, role] of Object.entries(ROLES)) {
    if (uid !== 'owen') await directory.setMember({ uid: uid, role: role }, callBy('owen'));
  }
  const access = async (uid: string, space: string) => {
    const { standing, spaces: facts } = await directory.admit([space], callBy(uid));
    return (['read', 'write'] as const).filter((need) => canUseSpace(standing, facts[0]!, need)).join();
  };
  const paths = tenantPaths(testDatabase(), tenantId);
  return { tenantId, directory, spaces, access, paths };
}

describe('removing a member', () => {
  it('[16] keeps the member out from the next call on, and keeps its document', async () => {
    const { directory, access, paths } = await open();
    assert.equal(await access('ed', 'ed'), 'read,write');
    const { member } = await directory.removeMember({ uid: 'ed' }, callBy('ada'));
    assert.deepEqual([member.uid, member.role, member.status], ['ed', 'editor', 'removed']);
    assert.equal(isMember((await directory.admit([], callBy('ed'))).standing), false);
    assert.equal(await access('ed', 'ed'), '');
    assert.equal((await paths.member('ed').get()).get('status'), 'removed');
    assert.deepEqual(await directory.removeMember({ uid: 'ed' }, callBy('ada')), { member }, 'twice is once');
    const { members } = await directory.members({}, 's'.repeat(43), callBy('ada'));
    assert.deepEqual(
      members.map(({ uid, status }) => [uid, status]),
      [
        ['ada', undefined],
        ['ed', 'removed'],
        ['owen', undefined],
        ['vic', undefined],
      ],
    );
  });

  it('keeps the uid from becoming the id of a shared space', async () => {
    const { directory, spaces } = await open();
    await directory.removeMember({ uid: 'ed' }, callBy('ada'));
    await assert.rejects(
      spaces.create({ id: 'ed', name: 'Trap' }, callBy('owen')),
      failsWith('already-exists', 'space-exists'),
    );
  });

  it('is for admins, and for owners where an owner is removed', async () => {
    const { directory } = await open();
    for (const by of ['ed', 'vic', 'stranger']) {
      await assert.rejects(directory.removeMember({ uid: 'vic' }, callBy(by)), denied, by);
    }
    await assert.rejects(directory.removeMember({ uid: 'owen' }, callBy('ada')), denied);
    await directory.setMember({ uid: 'ed', role: 'owner' }, callBy('owen'));
    await directory.removeMember({ uid: 'owen' }, callBy('ed'));
    await directory.removeMember({ uid: 'vic' }, callBy('ada'));
    await assert.rejects(
      directory.removeMember({ uid: 'ada' }, callBy('owen')),
      denied,
      'who was removed removes nobody',
    );
    await assert.rejects(
      directory.removeMember({ uid: 'nobody' }, callBy('ed')),
      failsWith('failed-precondition', 'not-a-member'),
    );
  });

  it('never leaves a tenant without an owner, also when two remove each other at once', async () => {
    const { directory } = await open();
    await assert.rejects(directory.removeMember({ uid: 'owen' }, callBy('owen')), lastOwner);
    await directory.setMember({ uid: 'ed', role: 'owner' }, callBy('owen'));
    const both = await Promise.allSettled([
      directory.removeMember({ uid: 'ed' }, callBy('owen')),
      directory.removeMember({ uid: 'owen' }, callBy('ed')),
    ]);
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1);
    const { members } = await directory.members({}, 's'.repeat(43), callBy('ada'));
    assert.equal(members.filter(({ role, status }) => role === 'owner' && status === undefined).length, 1);
  });

  it('counts active owners only: one who is suspended or removed can be changed beside the last one', async () => {
    const { directory, paths } = await open();
    await directory.setMember({ uid: 'ed', role: 'owner' }, callBy('owen'));
    await paths.member('ed').update({ status: 'suspended' });
    await assert.rejects(directory.setMember({ uid: 'owen', role: 'admin' }, callBy('owen')), lastOwner);
    await directory.removeMember({ uid: 'ed' }, callBy('owen'));
    assert.equal(
      (await directory.setMember({ uid: 'ed', role: 'viewer' }, callBy('owen'))).member.role,
      'viewer',
    );
  });

  it('is undone by setMember, with the role that it gives and since when as before', async () => {
    const { directory, access, paths } = await open();
    const { member } = await directory.removeMember({ uid: 'ed' }, callBy('ada'));
    const { createdAt } = member;
    const { member: again } = await directory.setMember({ uid: 'ed', role: 'viewer' }, callBy('ada'));
    assert.deepEqual([again.role, again.createdAt, again.status], ['viewer', createdAt, undefined]);
    assert.equal((await paths.member('ed').get()).get('status'), 'active');
    assert.equal(await access('ed', 'ed'), 'read');
  });

  it('ends the grants that the member held and gave, for good', async () => {
    const { directory, spaces, access, paths } = await open();
    await spaces.create({ id: 'team', name: 'Team' }, callBy('ada'));
    await spaces.grant('team', { uid: 'vic', access: 'write' }, callBy('ada'));
    await spaces.grant('team', { uid: 'ed', access: 'read' }, callBy('ada'));
    await spaces.grant('ed', { uid: 'vic', access: 'read' }, callBy('ed'));
    await spaces.grant('vic', { uid: 'ed', access: 'read' }, callBy('vic'));
    await directory.removeMember({ uid: 'vic' }, callBy('ada'));
    assert.deepEqual((await paths.space('team').space.get()).get('grants'), { ed: 'read' });
    await directory.setMember({ uid: 'vic', role: 'viewer' }, callBy('ada'));
    assert.equal(await access('vic', 'team'), 'read');
    assert.equal(await access('vic', 'ed'), '');
    assert.equal(await access('ed', 'vic'), '');
  });

  it('ends them too when the document was deleted by hand, before the uid is a member again', async () => {
    const { directory, spaces, access, paths } = await open();
    await spaces.grant('ed', { uid: 'vic', access: 'write' }, callBy('ed'));
    await paths.member('vic').delete();
    await directory.setMember({ uid: 'vic', role: 'viewer' }, callBy('ada'));
    assert.equal(await access('vic', 'ed'), '');
  });

  it('ends more grants than one transaction takes', async () => {
    const { directory, paths } = await open();
    const batch = testDatabase().batch();
    for (let n = 0; n <= MAX_ENDED_GRANTS; n += 1) {
      batch.set(paths.space(`s${n}`).space, { kind: 'shared', name: 's', grants: { vic: 'write' } });
    }
    await batch.commit();
    await directory.removeMember({ uid: 'vic' }, callBy('ada'));
    assert.equal((await paths.spaces.where('grants.vic', '==', 'write').get()).size, 0);
  });
});

describe('the settings of a tenant', () => {
  const defaults: TenantSettings = {
    defaultTtlSeconds: null,
    dedupe: 'exact',
    retentionDays: 30,
    receiptHours: 24,
  };

  it('are read by every member and changed by admins, each by itself', async () => {
    const { directory } = await open();
    assert.deepEqual(await directory.settings({}, callBy('vic')), { settings: defaults });
    for (const by of ['ed', 'vic', 'stranger']) {
      await assert.rejects(directory.settings({ changes: { dedupe: 'off' } }, callBy(by)), denied, by);
    }
    await assert.rejects(directory.settings({}, callBy('stranger')), denied);
    await directory.settings({ changes: { dedupe: 'off' } }, callBy('ada'));
    const both: TenantSettings = { ...defaults, defaultTtlSeconds: 60, dedupe: 'off' };
    assert.deepEqual(await directory.settings({ changes: { defaultTtlSeconds: 60 } }, callBy('owen')), {
      settings: both,
    });
    assert.deepEqual(await directory.settings({}, callBy('vic')), { settings: both });
    assert.deepEqual((await directory.admit([], callBy('vic'))).settings, both);
  });

  it('are those of the deployment until a tenant chooses, and once it goes back to them', async () => {
    const { tenantId, directory } = await open();
    const deployed: TenantSettings = {
      defaultTtlSeconds: 60,
      dedupe: 'off',
      retentionDays: 7,
      receiptHours: 48,
    };
    const on = new TenantDirectory(testDatabase(), tenantId, SILENT, deployed);
    assert.deepEqual(await on.settings({}, callBy('vic')), { settings: deployed });
    const chosen: TenantSettings = {
      defaultTtlSeconds: null,
      dedupe: 'exact',
      retentionDays: 1,
      receiptHours: 720,
    };
    assert.deepEqual(await on.settings({ changes: chosen }, callBy('ada')), { settings: chosen });
    assert.deepEqual((await directory.admit([], callBy('vic'))).settings, chosen);
    const back = await on.settings(
      { changes: { defaultTtlSeconds: 'default', dedupe: 'default' } },
      callBy('ada'),
    );
    const mixed = { ...chosen, defaultTtlSeconds: 60, dedupe: 'off' };
    assert.deepEqual(back, { settings: mixed });
    assert.deepEqual((await on.admit([], callBy('vic'))).settings, mixed);
    assert.deepEqual((await directory.admit([], callBy('vic'))).settings, {
      ...defaults,
      retentionDays: 1,
      receiptHours: 720,
    });
  });

  it('are the default ones where what is stored is not sound', async () => {
    const { directory, paths } = await open();
    const odd = [{ defaultTtlSeconds: -1, dedupe: 'off' }, 'none', null, { dedupe: true }];
    for (const settings of odd) {
      await paths.tenant.update({ settings });
      const read = await directory.settings({}, callBy('vic'));
      assert.equal(read.settings.defaultTtlSeconds, null);
    }
    assert.deepEqual(await directory.settings({ changes: { dedupe: 'off' } }, callBy('ada')), {
      settings: { ...defaults, dedupe: 'off' },
    });
  });

  /** A manager of a tenant with these settings. */
  function managerWith(settings: TenantSettings, tenantId = freshId('tenant')) {
    const config = { database: testDatabase(), tenantId, cursorSecret: 's'.repeat(43), embedder };
    return new FirestoreMemoryManager({ ...config, settings, log: SILENT });
  }

  it('give new memories and turns an expiry, unless the call says one, or never', async () => {
    const manager = managerWith({ ...defaults, defaultTtlSeconds: 3_600 });
    const call = callBy('ann');
    const memories = [
      { id: 'silent', text: 'says nothing' },
      { id: 'ttl', text: 'says how long', ttlSeconds: 60 },
      { id: 'at', text: 'says until when', expiresAt: '2099-01-01T00:00:00.000Z' },
      { id: 'never', text: 'says never', expiresAt: null },
    ];
    await manager.add('space', { memories }, call);
    await manager.append(
      'space',
      { session: 's', messages: [{ id: 'turn', role: 'user', text: 'hi' }] },
      call,
    );
    const expiry = async (id: string) => (await manager.get('space', id, call)).expiresAt;
    const hour = new Date(call.now + 3_600_000).toISOString();
    assert.deepEqual(await Promise.all(['silent', 'ttl', 'at', 'never', 'turn'].map(expiry)), [
      hour,
      new Date(call.now + 60_000).toISOString(),
      '2099-01-01T00:00:00.000Z',
      null,
      hour,
    ]);
    await manager.update('space', { id: 'never', changes: { tags: ['kept'] } }, call);
    assert.equal(await expiry('never'), null, 'an update gives no expiry');
  });

  it('decide whether an add looks for duplicates, unless the call does', async () => {
    const manager = managerWith({ ...defaults, dedupe: 'off' });
    const add = async (dedupe?: 'exact' | 'off') => {
      const memories = [{ text: 'the same' }];
      const { results } = await manager.add('space', { memories, ...(dedupe && { dedupe }) }, callBy('ann'));
      return results[0]?.outcome;
    };
    assert.deepEqual([await add(), await add(), await add('exact')], ['created', 'created', 'duplicate']);
    const exact = openManager().manager;
    const twice = { memories: [{ text: 'the same' }, { text: 'the same' }] };
    const { results } = await exact.add('space', twice, callBy('ann'));
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['created', 'duplicate'],
    );
  });

  it('say for how long a key replays, and a deleted memory has a history', async () => {
    const manager = managerWith({ ...defaults, retentionDays: 2, receiptHours: 3 });
    const now = Date.now();
    const at = (hours: number) => callBy('ann', { now: now + hours * 3_600_000 });
    const replayed = async (hours: number) => {
      const request = { memories: [{ text: 'once' }], dedupe: 'off', key: 'k' } as const;
      return (await manager.add('space', request, at(hours))).replayed;
    };
    assert.deepEqual([await replayed(0), await replayed(2.9), await replayed(3)], [false, true, false]);
    await manager.add('space', { memories: [{ id: 'm', text: 'deleted' }] }, at(0));
    await manager.delete('space', { id: 'm' }, at(0));
    assert.equal((await manager.history('space', { id: 'm' }, at(47.9))).revisions.length, 2);
    await assert.rejects(
      manager.history('space', { id: 'm' }, at(48)),
      failsWith('not-found', 'memory-not-found'),
    );
    const config = { database: testDatabase(), tenantId: freshId('tenant'), cursorSecret: 's'.repeat(43) };
    const agentData = new AgentDataManager({
      ...config,
      settings: { ...defaults, receiptHours: 3 },
      log: SILENT,
    });
    const record = { agentId: 'a', type: 't', content: 1, key: 'k' };
    const answers: unknown[] = [];
    for (const hours of [0, 2.9, 3]) {
      answers.push((await agentData.add('space', record, at(hours))).replayed === true);
    }
    assert.deepEqual(answers, [false, true, false]);
  });

  it('may change between a call and its repetition: the key still stands for it', async () => {
    const tenantId = freshId('tenant');
    const request = { memories: [{ text: 'once' }], key: 'k' };
    const { results } = await managerWith(defaults, tenantId).add('space', request, callBy('ann'));
    const changed = managerWith({ ...defaults, defaultTtlSeconds: 60, dedupe: 'off' }, tenantId);
    assert.deepEqual(await changed.add('space', request, callBy('ann')), { results, replayed: true });
  });
});

describe('the usage of a tenant', () => {
  it('is the sum over all of its spaces: shared, personal, and of members who were removed', async () => {
    const { tenantId, directory, spaces } = await open();
    const { manager } = openManager(tenantId);
    const { manager: neighbour } = openManager(`${tenantId}b`);
    await spaces.create({ id: 'team', name: 'Team' }, callBy('ada'));
    assert.deepEqual(await directory.usage(callBy('ada')), { memories: 0, bytes: 0, quota: null });
    for (const space of ['team', 'ed', 'owen']) {
      await manager.add(space, { memories: [{ text: 'first' }, { text: 'second' }] }, callBy('ed'));
    }
    await neighbour.add('team', { memories: [{ text: 'of another tenant' }] }, callBy('ed'));
    await directory.removeMember({ uid: 'ed' }, callBy('ada'));
    const bytes = 3 * ('first'.length + 'second'.length + 2 * '{}'.length);
    assert.deepEqual(await directory.usage(callBy('ada')), { memories: 6, bytes, quota: null });
  });

  it('is refused where there are more spaces than one call may read', async () => {
    const { directory, paths } = await open();
    for (let from = 0; from <= LIMITS.MAX_USAGE_SPACES; from += 500) {
      const batch = testDatabase().batch();
      for (let n = from; n < from + 500; n += 1) batch.set(paths.space(`s${n}`).space, { kind: 'shared' });
      await batch.commit();
    }
    await assert.rejects(directory.usage(callBy('ada')), failsWith('failed-precondition', 'too-many-spaces'));
  });

  it('is refused where a counter is damaged', async () => {
    const { tenantId, directory } = await open();
    await spaceOf(tenantId, 'ed').stats.doc('0').set({ count: 1 });
    await assert.rejects(directory.usage(callBy('ada')), failsWith('data-loss', 'damaged-document'));
  });
});
