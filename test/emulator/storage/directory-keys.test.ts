/** The keys of changes that concern a tenant: its members, spaces, settings and jobs. */
import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../functions/src/config.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { openTenant } from '../../support/jobs.ts';
import { callBy } from '../../support/storage.ts';

const DATABASE = 'directory-keys';

const denied = failsWith('permission-denied', 'permission-denied');
const reused = failsWith('failed-precondition', 'key-reused');

type Tenant = Awaited<ReturnType<typeof openTenant>>;
type Run = (tenant: Tenant, key: string, other?: true) => Promise<{ replayed?: boolean }>;

/** Each change by an admin, and with `other` the same with another body. */
const CHANGES: Record<string, Run> = {
  'space.create': ({ spaces }, key, other) =>
    spaces.create({ name: other ? 'Other' : 'Once', key }, callBy('ada')),
  'space.grant': ({ spaces }, key, other) =>
    spaces.grant('team', { uid: 'eve', access: other ? 'read' : 'write', key }, callBy('ada')),
  'space.revoke': ({ spaces }, key, other) =>
    spaces.revoke('team', { uid: 'eve', ...(other && { access: 'write' }), key }, callBy('ada')),
  'tenant.setMember': ({ directory }, key, other) =>
    directory.setMember({ uid: 'new', role: other ? 'viewer' : 'editor', key }, callBy('ada')),
  'tenant.removeMember': ({ directory }, key, other) =>
    directory.removeMember({ uid: other ? 'eve' : 'ed', key }, callBy('ada')),
  'tenant.settings': ({ directory }, key, other) =>
    directory.settings({ changes: { retentionDays: other ? 2 : 1 }, key }, callBy('ada')),
  'job.cancel': ({ jobs }, key, other) =>
    jobs.cancel({ jobId: other ? 'another' : 'job', key }, callBy('ada')),
};

/** All that is stored of the tenant but its receipts. */
async function stateOf({ paths }: Tenant): Promise<unknown> {
  const tenant = paths('team').space.parent.parent!;
  const [document, ...lists] = await Promise.all([
    tenant.get(),
    ...['members', 'spaces', 'jobs'].map((name) => tenant.collection(name).get()),
  ]);
  return [document.data(), ...lists.map(({ docs }) => docs.map((one) => [one.id, one.data()]))];
}

/** A tenant with a job that can be cancelled. */
async function open(): Promise<Tenant> {
  const tenant = await openTenant(DATABASE);
  const keeping = { receiptMs: 60_000, retentionMs: 60_000 };
  const { jobId } = await tenant.jobs.start('team', { kind: 'verify' }, keeping, callBy('ada'));
  const jobs = tenant.paths('team').space.parent.parent!.collection('jobs');
  const started = await jobs.doc(jobId).get();
  await jobs.doc('job').set(started.data()!);
  await jobs.doc(jobId).delete();
  return tenant;
}

describe('a change of a tenant', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  for (const [name, run] of Object.entries(CHANGES)) {
    it(`by ${name} is made once for its key, and answered as the first time`, async () => {
      const tenant = await open();
      const first = await run(tenant, 'k');
      assert.equal(first.replayed, undefined);
      const state = await stateOf(tenant);
      assert.deepEqual(await run(tenant, 'k'), { ...first, replayed: true });
      await assert.rejects(run(tenant, 'k', true), reused);
      assert.deepEqual(await stateOf(tenant), state, 'nothing more is done');
    });

    it(`by ${name} whose answer is lost is made once, and its caller hears of it`, async () => {
      const tenant = await open();
      link.failNext({ when: 'after', status: 14 });
      const { replayed: _, ...first } = await run(tenant, 'k');
      assert.deepEqual(await run(tenant, 'k'), { ...first, replayed: true });
    });
  }

  it('that makes the tenant is made once for its key, and answers nobody else', async () => {
    const { directory } = await openTenant(DATABASE, undefined, { key: 'create' });
    const again = await directory.create({ name: 'Acme', key: 'create' }, callBy('owen'));
    assert.deepEqual([again.role, again.tenant.name, again.replayed], ['owner', 'Acme', true]);
    await assert.rejects(directory.create({ name: 'Other', key: 'create' }, callBy('owen')), reused);
    const taken = failsWith('already-exists', 'tenant-exists');
    await assert.rejects(directory.create({ name: 'Acme', key: 'create' }, callBy('ada')), taken);
  });

  it('is no longer answered to a member who was removed, unless it is that it left', async () => {
    const { directory } = await open();
    const change = () => directory.settings({ changes: { dedupe: 'off' }, key: 'k' }, callBy('ada'));
    await change();
    const leave = () => directory.removeMember({ uid: 'ada', key: 'leave' }, callBy('ada'));
    const left = await leave();
    await assert.rejects(change(), denied);
    assert.deepEqual(await leave(), { ...left, replayed: true });
  });

  it('is known by a key of its member alone, for as long as the tenant keeps receipts', async () => {
    const { directory, spaces } = await open();
    await directory.settings({ changes: { receiptHours: 48 } }, callBy('owen'));
    const create = (uid: string, afterHours = 0) =>
      spaces.create({ name: 'Own', key: 'k' }, callBy(uid, { now: Date.now() + afterHours * 3_600_000 }));
    const { space } = await create('ada');
    assert.notEqual((await create('owen')).space.id, space.id);
    assert.ok(DEFAULT_SETTINGS.receiptHours < 47);
    assert.equal((await create('ada', 47)).space.id, space.id);
    assert.notEqual((await create('ada', 49)).space.id, space.id);
  });
});
