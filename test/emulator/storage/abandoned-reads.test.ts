/** What reads do once nobody waits for them any more: they read no further. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallContext } from '../../../functions/src/storage/base-storage-manager.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { writeMany } from '../../support/jobs.ts';
import { callBy, openAgentData, openManager, spaceOf } from '../../support/storage.ts';

const DATABASE = 'abandoned-reads';

/** Enough for several chunks of a scan that finds nothing. */
const COUNT = 600;

describe('a read whose caller is gone', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  /** A space of memories of one session, and of records that have expired. */
  async function fullSpace() {
    const { manager, tenantId } = openManager(undefined, DATABASE);
    const paths = spaceOf(tenantId, 's', DATABASE);
    const turn = { kind: 'message', sessionId: 'c', occurredAt: new Date(0), seq: 1 };
    await writeMany(paths, COUNT, turn);
    const batch = paths.space.firestore.batch();
    for (let n = 0; n < COUNT / 2; n += 1) {
      batch.set(paths.record(`r${n}`), { createdAt: new Date(n), expiresAt: new Date(0) });
    }
    await batch.commit();
    return { manager, agentData: openAgentData(tenantId, DATABASE) };
  }

  const filter = { 'metadata.none': 'such' };
  type Space = Awaited<ReturnType<typeof fullSpace>>;
  const SCANS: Record<string, (space: Space, call: CallContext) => Promise<unknown>> = {
    'of a list': ({ manager }, call) => manager.list('s', { filter }, call),
    'of turns': ({ manager }, call) => manager.turns('s', { session: 'c', filter }, call),
    'of records': ({ agentData }, call) => agentData.list('s', {}, call),
  };
  for (const [title, scan] of Object.entries(SCANS)) {
    it(`${title} ends with its caller`, async () => {
      const space = await fullSpace();
      const gone = new AbortController();
      link.failNextReads();
      const abandoned = scan(space, callBy('ann', { signal: gone.signal }));
      const isUnderWay = async () => {
        while (link.reads === 0) await nextTurn();
        gone.abort();
      };
      await isUnderWay();
      await assert.rejects(abandoned, failsWith('cancelled', 'cancelled'));
      const OTHERS = 20;
      for (let n = 0; n < OTHERS; n += 1) await space.manager.sessions('none', {}, callBy('ann'));
      // One that was under way, and one that may have been sent before the end was noticed.
      assert.ok(link.reads <= OTHERS + 2, `${link.reads - OTHERS} reads`);
    });
  }
});
