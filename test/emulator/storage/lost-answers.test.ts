/**
 * What records of agents, tenants, members and spaces become when the answer to a commit is lost: the SDK runs
 * the transaction again, and there is one effect and the usual answer, without a key too.
 */
import assert from 'node:assert/strict';
import { SpaceDirectory } from '../../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../../functions/src/storage/tenant-directory.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { callBy, freshId, openAgentData, SILENT, spaceOf, testDatabase } from '../../support/storage.ts';

const DATABASE = 'lost-answers';

/** gRPC status numbers with which the SDK runs a transaction again. */
const STATUSES = [13, 14];

const plan = { agentId: 'planner', type: 'plan', content: 1 };

describe('a lost answer', () => {
  let link: FaultyLink;

  before(async () => {
    link = await openFaultyLink(DATABASE);
  });

  after(() => link.close());

  /** Loses the answer to the next commit. */
  const loseNext = (status: number, meanwhile?: () => Promise<void>) =>
    link.failNext({ when: 'after', status, ...(meanwhile && { meanwhile }) });

  const fresh = () => {
    const tenantId = freshId('tenant');
    const database = testDatabase(DATABASE);
    return {
      tenantId,
      data: openAgentData(tenantId, DATABASE),
      tenant: new TenantDirectory(database, tenantId, SILENT),
      spaces: new SpaceDirectory(database, tenantId, SILENT),
      paths: spaceOf(tenantId, 's', DATABASE),
    };
  };

  for (const status of STATUSES) {
    describe(`with status ${status}`, () => {
      it('adds a record once, and answers as usual', async () => {
        const { data, paths } = fresh();
        loseNext(status);
        const { id, ...rest } = await data.add('s', plan, callBy('ann'));
        assert.deepEqual(rest, {});
        assert.deepEqual(
          (await paths.agentData.get()).docs.map((record) => record.id),
          [id],
        );
      });

      it('deletes a record once, and answers as usual', async () => {
        const { data, paths } = fresh();
        const { id } = await data.add('s', plan, callBy('ann'));
        loseNext(status);
        assert.deepEqual(await data.delete('s', { id }, callBy('ann')), { id });
        assert.equal((await paths.agentData.get()).size, 0);
        const again = data.delete('s', { id }, callBy('ann'));
        await assert.rejects(again, failsWith('not-found', 'record-not-found'));
      });

      it('creates a tenant once, and tells its creator of it', async () => {
        const { tenant, tenantId } = fresh();
        const call = callBy('ann');
        loseNext(status);
        const { tenant: created } = await tenant.create({ name: 'Acme' }, call);
        assert.deepEqual([created.id, created.createdBy], [tenantId, 'ann']);
        assert.equal((await tenant.admit([], call)).standing.member?.role, 'owner');
        // The same member, in the same millisecond, by another call.
        await assert.rejects(
          tenant.create({ name: 'Acme' }, call),
          failsWith('already-exists', 'tenant-exists'),
        );
      });

      it('creates a space once, and tells its creator of it', async () => {
        const { tenant, spaces } = fresh();
        const call = callBy('ann');
        await tenant.create({ name: 'Acme' }, call);
        loseNext(status);
        const request = { id: 'shared', name: 'Shared' };
        const { space: created } = await spaces.create(request, call);
        assert.deepEqual([created.id, created.name, created.createdBy], ['shared', 'Shared', 'ann']);
        await assert.rejects(spaces.create(request, call), failsWith('already-exists', 'space-exists'));
      });

      it('lets an owner give up a role, or leave, although the right to do so went with it', async () => {
        const { tenant } = fresh();
        await tenant.create({ name: 'Acme' }, callBy('ann'));
        await tenant.setMember({ uid: 'ben', role: 'owner' }, callBy('ann'));
        await tenant.setMember({ uid: 'cem', role: 'owner' }, callBy('ann'));
        loseNext(status);
        assert.equal(
          (await tenant.setMember({ uid: 'ann', role: 'viewer' }, callBy('ann'))).member.role,
          'viewer',
        );
        loseNext(status);
        assert.equal((await tenant.removeMember({ uid: 'ben' }, callBy('ben'))).member.status, 'removed');
        const denied = tenant.setMember({ uid: 'ann', role: 'owner' }, callBy('ann'));
        await assert.rejects(denied, failsWith('permission-denied', 'permission-denied'));
      });

      it('gives and takes grants once', async () => {
        const { tenant, spaces } = fresh();
        await tenant.create({ name: 'Acme' }, callBy('ann'));
        await tenant.setMember({ uid: 'ben', role: 'viewer' }, callBy('ann'));
        loseNext(status);
        assert.deepEqual(
          (await spaces.grant('ann', { uid: 'ben', access: 'write' }, callBy('ann'))).space.grants,
          { ben: 'write' },
        );
        loseNext(status);
        assert.deepEqual(
          (await spaces.revoke('ann', { uid: 'ben', access: 'write' }, callBy('ann'))).space.grants,
          { ben: 'read' },
        );
      });
    });
  }

  it('of a deletion is not taken for the deletion of somebody else: of 20 at once one deletes', async () => {
    const { data } = fresh();
    const { id } = await data.add('s', plan, callBy('ann'));
    const deletions = Array.from({ length: 20 }, () => data.delete('s', { id }, callBy('ann')));
    const done = (await Promise.allSettled(deletions)).filter(({ status }) => status === 'fulfilled');
    assert.equal(done.length, 1);
  });
});
