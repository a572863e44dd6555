/**
 * [26] The function dies after each commit k that it makes: the database applied it or did not, and hears nothing more
 * of this process. Then the event is delivered again, by a process that lives.
 */
import assert from 'node:assert/strict';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import { openCounters } from '../../../functions/src/storage/open-counters.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { byHand } from '../../support/chaos/by-hand.ts';
import { deliver, deliverOnce } from '../../support/chaos/deliverer.ts';
import { openStage, type Stage } from '../../support/chaos/stage.ts';
import { differences } from '../../support/differences.ts';
import type { Fault } from '../../support/faulty-link.ts';
import { freshId, spaceOf, testDatabase } from '../../support/storage.ts';

const DATABASE = 'chaos-crashes';

/** PERMISSION_DENIED, after which the SDK tries nothing again: to it, the process is as good as dead. */
const DEATH = 7;

/** More commits than any delivery makes. */
const ALL_OTHERS = 40;

const session = { kind: 'message', role: 'user', sessionId: 'c' } as const;
const expiresAt = Timestamp.fromMillis(Date.now() - 1_000);

/** What the event is about, and what was there before, of which the function knows. */
const SCENES: Record<string, (paths: SpacePaths) => Promise<() => Promise<unknown>>> = {
  'a creation in a new space': async (paths) => () =>
    paths.memory('m').set(byHand({ text: 'new', tags: ['x'] })),
  'a creation in a new space that lacks fields': async (paths) => () =>
    paths.memory('m').set({ text: 'new' }),
  // Where there are counters, the one commit that asks for no lock succeeds, and may be the last that is done.
  'a creation': async (paths) => {
    await openCounters(testDatabase(DATABASE), paths);
    return () => paths.memory('m').set(byHand({ text: 'new', tags: ['x'] }));
  },
  'a creation that lacks fields': async (paths) => {
    await openCounters(testDatabase(DATABASE), paths);
    return () => paths.memory('m').set({ text: 'new' });
  },
  'a change': async (paths) => {
    await paths.memory('m').set(byHand({ text: 'old', tags: ['x'], ...session }));
    return () => paths.memory('m').set(byHand({ text: 'other', kind: 'note', tags: ['y'] }, 2));
  },
  'a deletion': async (paths) => {
    await paths.memory('m').set(byHand({ text: 'old', ...session }));
    return () => paths.memory('m').delete();
  },
  'an expiry, with 60 revisions': async (paths) => {
    await paths.memory('m').set(byHand({ text: 'old', ...session, expiresAt }));
    const revisions = Array.from({ length: 60 }, (_, n) => paths.revision('m', n + 1));
    await Promise.all(revisions.map((revision, n) => revision.set({ version: n + 1, change: 'update' })));
    return () => paths.memory('m').delete();
  },
  damage: async (paths) => {
    await paths.memory('m').set(byHand({ text: 'old', ...session }));
    return () => paths.memory('m').update({ text: 42 });
  },
};

describe('[26] a crash after each write of a projection', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage(DATABASE, 'linked');
  });
  after(() => stage.close());

  /** Lets the event of a scene be taken with a fault at the commit k; answers how many commits there were. */
  async function survive(scene: string, k: number, when: Fault['when']): Promise<number> {
    const { link, source } = stage;
    const tenantId = freshId('crash');
    const paths = spaceOf(tenantId, 'space', DATABASE);
    const prefix = `tenants/${tenantId}/`;
    link.failNext();
    const change = await SCENES[scene]!(paths);
    const isNew = !(await paths.memory('m').get()).exists;
    if (!isNew) for (const event of await source.captured(prefix, 1)) await deliver(event);
    assert.deepEqual(await differences(paths), []);
    await change();
    const event = (await source.captured(prefix, isNew ? 1 : 2)).at(-1)!;
    const dead: Fault = { when: 'before', status: DEATH };
    const first: Fault = when === 'after' ? { when, status: DEATH } : dead;
    const passing = Array.from({ length: k - 1 }, () => null);
    link.failNext(...(k === 0 ? [] : [...passing, first, ...Array.from({ length: ALL_OTHERS }, () => dead)]));
    const outcome = await deliverOnce(event).then(
      () => 'taken',
      () => 'died',
    );
    const { commits } = link;
    if (k > 0)
      assert.equal(outcome, commits >= k ? 'died' : 'taken', `${scene}, ${k} of ${commits}, ${when}`);
    link.failNext();
    await deliver(event);
    assert.deepEqual(await differences(paths, { exact: true }), [], `${scene}, ${k}, ${when}`);
    return commits;
  }

  for (const scene of Object.keys(SCENES)) {
    it(`of ${scene}: the event, delivered again, ends at what is recomputed`, async function () {
      this.timeout(120_000);
      const commits = await survive(scene, 0, 'before');
      assert.ok(commits >= 1);
      for (let k = 1; k <= commits; k += 1) {
        await survive(scene, k, 'before');
        await survive(scene, k, 'after');
      }
    });
  }
});
