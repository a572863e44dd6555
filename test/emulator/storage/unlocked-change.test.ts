/**
 * Updates and deletions hold no lock: what others do between the read and the commit is brought about by a link that
 * fails the commit, lets them act, and leaves it to the SDK to send the same commit again.
 */
import assert from 'node:assert/strict';
import { FieldPath } from '../../../functions/src/storage/database.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { everything, openTenant } from '../../support/jobs.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const DATABASE = 'unlocked';

/** gRPC status after which the SDK sends a commit again. */
const ABORTED = 10;

describe('a change without a lock', () => {
  let link: FaultyLink;

  before(async () => {
    link = await openFaultyLink(DATABASE);
  });

  after(() => link.close());

  /** Lets others act between the read and the commit of the next change. */
  const between = (meanwhile: () => Promise<unknown>) =>
    link.failNext({
      when: 'before',
      status: ABORTED,
      meanwhile: async () => {
        await meanwhile();
      },
    });

  /** A space with the memory `m`. */
  async function scene() {
    link.failNext();
    const { manager, tenantId } = openManager(undefined, DATABASE);
    await manager.add('space', { memories: [{ id: 'm', text: 'start', persona: 'Ana' }] }, callBy('ann'));
    return { manager, paths: spaceOf(tenantId, 'space', DATABASE) };
  }

  it('is one commit', async () => {
    const { manager, paths } = await scene();
    link.failNext();
    link.failNextReads();
    await manager.update('space', { id: 'm', changes: { text: 'next' } }, callBy('ann'));
    assert.deepEqual([link.reads, link.commits], [1, 1]);
    assert.deepEqual(await differences(paths), []);
  });

  it('leaves no field that the memory no longer has, whoever wrote it', async () => {
    const { manager, paths } = await scene();
    await paths.memory('m').update(new FieldPath('by.hand `x`'), 1);
    await manager.update('space', { id: 'm', changes: { persona: null } }, callBy('ann'));
    const fields = Object.keys((await paths.memory('m').get()).data() ?? {});
    assert.deepEqual(
      fields.filter((field) => field === 'persona' || field.startsWith('by')),
      [],
    );
    assert.deepEqual(await differences(paths), []);
  });

  it('is made on top of what another one did meanwhile', async () => {
    const { manager, paths } = await scene();
    between(() => manager.update('space', { id: 'm', changes: { tags: ['other'] } }, callBy('ben')));
    const { memory } = await manager.update('space', { id: 'm', changes: { text: 'mine' } }, callBy('ann'));
    assert.deepEqual([memory.version, memory.text, memory.tags], [3, 'mine', ['other']]);
    assert.equal((await paths.revisions('m').get()).size, 2);
    assert.deepEqual(await differences(paths), []);
  });

  it('is refused when the version that it asks for is gone meanwhile', async () => {
    const { manager, paths } = await scene();
    between(() => manager.update('space', { id: 'm', changes: { text: 'theirs' } }, callBy('ben')));
    await assert.rejects(
      manager.update('space', { id: 'm', changes: { text: 'mine' }, ifVersion: 1 }, callBy('ann')),
      failsWith('aborted', 'version-mismatch'),
    );
    assert.equal((await paths.memory('m').get()).get('text'), 'theirs');
    assert.deepEqual(await differences(paths), []);
  });

  it('changes nothing of a memory that is deleted meanwhile', async () => {
    const { manager, paths } = await scene();
    between(() => manager.delete('space', { id: 'm' }, callBy('ben')));
    await assert.rejects(
      manager.update('space', { id: 'm', changes: { text: 'mine' } }, callBy('ann')),
      failsWith('not-found', 'memory-not-found'),
    );
    assert.equal((await paths.memory('m').get()).exists, false);
    assert.deepEqual(await differences(paths), []);
  });

  it('counts a memory right whose entry was derived anew meanwhile', async () => {
    const { manager, paths } = await scene();
    between(async () => {
      const counted = { bytes: 1_000, kind: 'fact', tags: [] };
      await paths.entry('m').update({ counted, fingerprint: 'of another state' });
    });
    await manager.delete('space', { id: 'm' }, callBy('ann'));
    const shards = (await paths.stats.get()).docs.map((shard) => Number(shard.get('bytes')));
    const before = Buffer.byteLength('start{}');
    assert.equal(
      shards.reduce((sum, bytes) => sum + bytes, 0),
      before - 1_000,
    );
  });

  for (const changes of [{ text: 'much longer' }, { importance: 1 }]) {
    it(`leaves nothing in a space that is deleted meanwhile, where ${Object.keys(changes)} changes`, async () => {
      link.failNext();
      const { manager, spaces, paths } = await openTenant(DATABASE);
      await manager.add('team', { memories: [{ id: 'm', text: 'start' }] }, callBy('ed'));
      let deleted: unknown;
      between(async () => {
        deleted = await spaces.delete('team', {}, callBy('ada'));
      });
      await assert.rejects(
        manager.update('team', { id: 'm', changes }, callBy('ed')),
        failsWith('permission-denied', 'permission-denied'),
      );
      assert.deepEqual(deleted, { id: 'team', deleted: 1 });
      assert.deepEqual(await everything(paths('team')), []);
    });
  }

  for (const changes of [{ text: 'much longer' }, { importance: 1 }]) {
    it(`is refused in a space that is closed meanwhile, where ${Object.keys(changes)} changes`, async () => {
      const { manager, paths } = await scene();
      between(async () => {
        const shards = await paths.stats.listDocuments();
        const closing = paths.space.firestore.batch().set(paths.space, { kind: 'deleting', was: 'shared' });
        for (const shard of shards) closing.delete(shard);
        await closing.commit();
      });
      await assert.rejects(
        manager.update('space', { id: 'm', changes }, callBy('ann')),
        failsWith('permission-denied', 'permission-denied'),
      );
      assert.equal((await paths.memory('m').get()).get('version'), 1);
      assert.equal((await paths.revisions('m').get()).size, 0);
    });
  }
});
