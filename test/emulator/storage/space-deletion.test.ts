import assert from 'node:assert/strict';
import { DEFAULTS, SPACE_DELETION } from '../../../functions/src/config.ts';
import type { SpaceDeleteResponse } from '../../../functions/src/contract/types.ts';
import { AgentDataManager } from '../../../functions/src/storage/agent-data-manager.ts';
import { sweepExpired } from '../../../functions/src/storage/sweep.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { everything, openTenant, writeMany } from '../../support/jobs.ts';
import { callBy, SILENT } from '../../support/storage.ts';

/** Of its own: a sweep looks at all tenants of a database, and so do some queries of a deletion. */
const DATABASE = 'space-deletion';

const denied = failsWith('permission-denied', 'permission-denied');

type Tenant = Awaited<ReturnType<typeof openTenant>>;

/** Puts something into every collection of a space, the past of a deleted memory included. */
async function fill({ database, tenantId, manager }: Tenant, space: string, uid: string): Promise<void> {
  const memories = [
    { id: 'kept', text: 'kept' },
    { id: 'changed', text: 'first' },
    { id: 'gone', text: 'gone' },
  ];
  await manager.add(space, { memories, key: 'k' }, callBy(uid));
  await manager.update(space, { id: 'changed', changes: { text: 'second' } }, callBy(uid));
  await manager.delete(space, { id: 'gone' }, callBy(uid));
  await manager.append(space, { session: 's', messages: [{ role: 'user', text: 'hello' }] }, callBy(uid));
  await manager.search([space], { query: 'kept' }, callBy(uid));
  const config = { database, tenantId, cursorSecret: 's'.repeat(43), log: SILENT };
  await new AgentDataManager(config).add(space, { agentId: 'a', type: 't', content: 1 }, callBy(uid));
}

function deletedOf(answer: SpaceDeleteResponse): number {
  assert.ok('deleted' in answer, JSON.stringify(answer));
  return answer.deleted;
}

describe('the deletion of a space', () => {
  it('of a shared one takes everything, leaves its id taken for an hour, and then nothing', async () => {
    const tenant = await openTenant(DATABASE);
    const { spaces, paths, database } = tenant;
    await fill(tenant, 'team', 'ed');
    const kinds = new Set((await everything(paths('team'))).map((path) => path.split('/')[0]));
    assert.deepEqual([...kinds].sort(), [
      'agentData',
      'claims',
      'frequencies',
      'index',
      'memories',
      'receipts',
      'sessions',
      'stats',
    ]);
    assert.deepEqual(await spaces.delete('team', {}, callBy('ada')), { id: 'team', deleted: 3 });
    assert.deepEqual(await everything(paths('team')), []);
    const mark = await paths('team').space.get();
    assert.deepEqual(Object.keys(mark.data() ?? {}).sort(), ['expiresAt', 'kind', 'was']);
    const create = () => spaces.create({ id: 'team', name: 'New' }, callBy('ada'));
    await assert.rejects(create(), failsWith('already-exists', 'space-exists'));
    await assert.rejects(
      tenant.directory.setMember({ uid: 'team', role: 'viewer' }, callBy('owen')),
      failsWith('failed-precondition', 'space-has-this-id'),
    );
    await sweepExpired(database, { now: Date.now() + DEFAULTS.TOMBSTONE_MS - 60_000 });
    await assert.rejects(create(), failsWith('already-exists', 'space-exists'));
    await sweepExpired(database, { now: Date.now() + DEFAULTS.TOMBSTONE_MS + 60_000 });
    assert.equal((await create()).space.name, 'New');
    assert.deepEqual(await everything(paths('team')), []);
  });

  it('of a personal one empties it, grants included; it is there again with its next use', async () => {
    const tenant = await openTenant(DATABASE);
    const { spaces, paths, manager } = tenant;
    await spaces.grant('ed', { uid: 'eve', access: 'read' }, callBy('ed'));
    await fill(tenant, 'ed', 'ed');
    assert.equal(deletedOf(await spaces.delete('ed', {}, callBy('ed'))), 3);
    assert.deepEqual(await everything(paths('ed')), []);
    assert.equal((await paths('ed').space.get()).exists, false);
    await manager.add('ed', { memories: [{ text: 'again' }] }, callBy('ed'));
    assert.deepEqual(await differences(paths('ed')), []);
  });

  it('is for admins and owners, of a personal space for its owner, and of one that is gone for nobody', async () => {
    const { spaces, paths } = await openTenant(DATABASE);
    for (const [space, by] of [
      ['team', 'ed'],
      ['team', 'stranger'],
      ['ed', 'owen'],
      ['ed', 'ada'],
      ['ed', 'eve'],
      ['none', 'owen'],
    ] as const) {
      await assert.rejects(spaces.delete(space, {}, callBy(by)), denied, `${space} by ${by}`);
      await assert.rejects(spaces.delete(space, { key: 'k' }, callBy(by)), denied, `${space} by ${by}`);
    }
    assert.equal((await paths('team').space.get()).get('kind'), 'shared');
    await spaces.delete('ed', {}, callBy('ed'));
    await spaces.delete('team', {}, callBy('owen'));
    await assert.rejects(spaces.delete('team', {}, callBy('owen')), denied);
  });

  it('answers the same to its key, whatever has become of the space', async () => {
    const tenant = await openTenant(DATABASE);
    const { spaces, manager, paths } = tenant;
    await fill(tenant, 'ed', 'ed');
    await fill(tenant, 'team', 'ed');
    const answer = await spaces.delete('team', { key: 'k' }, callBy('ada'));
    assert.deepEqual(await spaces.delete('team', { key: 'k' }, callBy('ada')), { ...answer, replayed: true });
    await assert.rejects(spaces.delete('team', { key: 'k' }, callBy('owen')), denied);
    await assert.rejects(spaces.delete('team', { key: 'another' }, callBy('ada')), denied);
    await spaces.delete('ed', { key: 'k' }, callBy('ed'));
    await manager.add('ed', { memories: [{ text: 'again' }] }, callBy('ed'));
    assert.deepEqual(await spaces.delete('ed', { key: 'k' }, callBy('ed')), {
      id: 'ed',
      deleted: 3,
      replayed: true,
    });
    assert.equal((await paths('ed').memories.get()).size, 1);
  });

  it('of a large one is a job that closes the space at once, can be joined, and not be cancelled', async () => {
    const { spaces, manager, jobs, work, paths } = await openTenant(DATABASE);
    await writeMany(paths('team'), SPACE_DELETION.MAX_DOCUMENTS);
    const answer = await spaces.delete('team', { key: 'k' }, callBy('ada'));
    assert.ok('jobId' in answer, JSON.stringify(answer));
    const { jobId } = answer;
    assert.deepEqual(await spaces.delete('team', { key: 'k' }, callBy('ada')), { jobId, replayed: true });
    assert.deepEqual(await spaces.delete('team', {}, callBy('owen')), { jobId });
    await assert.rejects(manager.add('team', { memories: [{ text: 'late' }] }, callBy('ed')), denied);
    const { spaces: listed } = await spaces.list({}, callBy('ed'));
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['ed'],
    );
    const cancel = jobs.cancel({ jobId: jobId }, callBy('ada'));
    await assert.rejects(cancel, failsWith('failed-precondition', 'job-not-cancellable'));
    assert.equal(await work(jobId), false);
    assert.deepEqual(await everything(paths('team')), []);
    const { state, result } = await jobs.get(jobId, callBy('ada'));
    assert.deepEqual([state, result], ['succeeded', { id: 'team', deleted: SPACE_DELETION.MAX_DOCUMENTS }]);
  });

  it('is made once by several workers at once', async () => {
    const { spaces, jobs, work, paths } = await openTenant(DATABASE);
    const count = SPACE_DELETION.MAX_DOCUMENTS * 2;
    await writeMany(paths('team'), count);
    const answer = await spaces.delete('team', { key: 'k' }, callBy('ada'));
    assert.ok('jobId' in answer);
    await Promise.all([work(answer.jobId), work(answer.jobId), work(answer.jobId)]);
    const { result, progress } = await jobs.get(answer.jobId, callBy('ada'));
    assert.deepEqual(result, { id: 'team', deleted: count });
    assert.equal(progress.done, 2 * count);
    assert.deepEqual(await everything(paths('team')), []);
  });

  it('touches no neighbour: no space with a longer id, none of another tenant', async () => {
    const tenant = await openTenant(DATABASE);
    const other = await openTenant(DATABASE);
    const longer = await openTenant(DATABASE, `${tenant.tenantId}b`);
    const ids = ['a', 'ab', 'a-b', 'a_', 'A', 'b'];
    for (const id of ids) await tenant.spaces.create({ id, name: id }, callBy('ada'));
    for (const each of [other, longer]) await each.spaces.create({ id: 'a', name: 'a' }, callBy('ada'));
    for (const id of ids) await fill(tenant, id, 'ed');
    for (const each of [other, longer]) await fill(each, 'a', 'ed');
    const neighbours = [...ids.slice(1).map(tenant.paths), other.paths('a'), longer.paths('a')];
    const before = await Promise.all(neighbours.map(everything));
    assert.ok(before.every((found) => found.length > 10));
    await tenant.spaces.delete('a', {}, callBy('ada'));
    assert.deepEqual(await everything(tenant.paths('a')), []);
    assert.deepEqual(await Promise.all(neighbours.map(everything)), before);
    for (const paths of neighbours) assert.deepEqual(await differences(paths), []);
  });

  it('waits for nobody: an agent that was let in before writes nothing more', async () => {
    const tenant = await openTenant(DATABASE);
    const config = {
      database: tenant.database,
      tenantId: tenant.tenantId,
      cursorSecret: 's'.repeat(43),
      log: SILENT,
    };
    const records = new AgentDataManager(config);
    const { id } = await records.add('team', { agentId: 'a', type: 't', content: 1 }, callBy('ed'));
    await tenant.spaces.delete('team', {}, callBy('ada'));
    const late = records.add('team', { agentId: 'a', type: 't', content: 2 }, callBy('ed'));
    await assert.rejects(late, denied);
    await assert.rejects(records.delete('team', { id }, callBy('ed')), denied);
    assert.deepEqual(await everything(tenant.paths('team')), []);
  });
});
