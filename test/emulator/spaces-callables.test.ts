/** Grants, removal, settings and counters over the wire, through the client; one call after another. */
import assert from 'node:assert/strict';
import { FirememoryError } from '../../client/src/index.ts';
import { signIn, type Visitor } from '../../tools/demo/visitor.ts';

const denied = (error: unknown) =>
  error instanceof FirememoryError && error.code === 'permission-denied' && error.reason === error.code;

/** The value of a variable that `npm test` sets for the emulator tests. */
function address(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set.`);
  return value;
}

describe('a personal space that is granted, over the wire', () => {
  const tenant = `grants-${crypto.randomUUID()}`;
  let ana: Visitor;
  let ben: Visitor;
  before(async () => {
    const emulators = {
      functionsHost: address('FUNCTIONS_EMULATOR_HOST'),
      authHost: address('FIREBASE_AUTH_EMULATOR_HOST'),
      firestoreHost: address('FIRESTORE_EMULATOR_HOST'),
      project: address('GCLOUD_PROJECT'),
    };
    ana = await signIn('Ana', emulators);
    ben = await signIn('Ben', emulators);
    await ana.open(tenant).tenant.create();
    await ana.open(tenant).tenant.setMember(ben.uid, 'viewer');
  });
  after(() => Promise.all([ana.leave(), ben.leave()]));

  /**
   * What Ben sees of Ana's space in a live read, once it is `count` memories. The first snapshot may be what
   * the client remembers of an earlier one, so a refusal has to be awaited with more than there can be.
   */
  function watched(count: number): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const stop = ben.open(tenant).onMemories(
        { space: ana.uid },
        (memories) => {
          if (memories.length !== count) return;
          stop();
          resolve(memories.map(({ text }) => text));
        },
        reject,
      );
    });
  }

  it('lets the grantee in at every door, as far as it was granted', async () => {
    const [hers, his] = [ana.open(tenant), ben.open(tenant)];
    const space = ana.uid;
    const add = () => his.memory.add({ text: 'Ana likes tea.' }, { space });
    await assert.rejects(watched(9), denied);
    await assert.rejects(his.space.stats({ space }), denied);
    const granted = await hers.space.grant(ben.uid, 'read');
    assert.deepEqual(granted.space.grants, { [ben.uid]: 'read' });
    assert.deepEqual(await watched(0), []);
    await assert.rejects(add(), denied);
    await hers.space.grant(ben.uid, 'write');
    await add();
    assert.deepEqual(await watched(1), ['Ana likes tea.']);
    const { spaces } = await his.space.list();
    assert.deepEqual(
      spaces.map(({ id, access }) => [id, access]),
      [
        [ben.uid, 'read'],
        [ana.uid, 'write'],
      ],
    );
    assert.equal((await his.space.stats({ space })).count, 1);
    assert.deepEqual(await hers.tenant.usage(), { memories: 1, bytes: 16, quota: null });
    await assert.rejects(his.tenant.usage(), denied);
    await hers.space.revoke(ben.uid);
    await assert.rejects(his.space.stats({ space }), denied);
  }).timeout(120_000);

  it('[16] shuts everything to a member who is removed', async () => {
    const [hers, his] = [ana.open(tenant), ben.open(tenant)];
    await hers.space.grant(ben.uid, 'read');
    const { settings } = await hers.tenant.settings({ defaultTtlSeconds: 3_600 });
    assert.deepEqual((await his.tenant.settings()).settings, settings);
    assert.deepEqual(await watched(1), ['Ana likes tea.']);
    const { member } = await hers.tenant.removeMember(ben.uid);
    assert.equal(member.status, 'removed');
    await assert.rejects(his.tenant.settings(), denied);
    await assert.rejects(his.space.list(), denied);
    await assert.rejects(watched(9), denied);
  }).timeout(120_000);
});
