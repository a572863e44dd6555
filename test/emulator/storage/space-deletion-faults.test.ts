import assert from 'node:assert/strict';
import type { SpaceDeleteResponse } from '../../../functions/src/contract/types.ts';
import { failsWith } from '../../support/fails-with.ts';
import { type FaultyLink, openFaultyLink, unanswered } from '../../support/faulty-link.ts';
import { everything, openTenant, writeMany } from '../../support/jobs.ts';
import { callBy } from '../../support/storage.ts';

const DATABASE = 'faults-space-deletion';
/** gRPC status numbers: one that the SDK tries again, one that the gRPC layer does, and one that neither does. */
const INTERNAL = 13;
const UNAVAILABLE = 14;
const PERMISSION_DENIED = 7;

/** Two steps for the memories: a full chunk of half of 200, and a rest. */
const COUNT = 130;
const whole = { id: 'team', deleted: COUNT };

/** Whether an attempt before was applied is not the same for each fault. */
const withoutReplayed = ({ replayed: _, ...answer }: SpaceDeleteResponse) => answer;

describe('a deletion of a space of which a commit fails', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  for (const [place, step] of ['that closes it', 'of its first step', 'of its second step'].entries()) {
    for (const when of ['before', 'after'] as const) {
      it(`${step}, ${when} it is applied, counts each memory once, and leaves nothing`, async () => {
        for (const status of [INTERNAL, UNAVAILABLE, PERMISSION_DENIED]) {
          link.failNext();
          const { spaces, paths } = await openTenant(DATABASE);
          await writeMany(paths('team'), COUNT);
          link.failNext(...new Array<null>(place).fill(null), { when, status });
          const first = spaces.delete('team', { key: 'k' }, callBy('ada'));
          if (status === PERMISSION_DENIED) await assert.rejects(first);
          else assert.deepEqual(withoutReplayed(await first), whole, `status ${status}`);
          link.failNext();
          const again = withoutReplayed(await spaces.delete('team', { key: 'k' }, callBy('ada')));
          assert.deepEqual(again, whole, `status ${status}, repeated`);
          assert.deepEqual(await everything(paths('team')), []);
        }
      });
    }

    it(`${step}, never answered, goes on when who gave up repeats it, and counts each memory once`, async () => {
      link.failNext();
      const { spaces, paths } = await openTenant(DATABASE);
      await writeMany(paths('team'), COUNT);
      const { fault, signal } = unanswered();
      link.failNext(...new Array<null>(place).fill(null), fault);
      const first = spaces.delete('team', { key: 'k' }, callBy('ada', { signal }));
      await assert.rejects(first, failsWith('cancelled', 'cancelled'));
      link.failNext();
      const again = await spaces.delete('team', { key: 'k' }, callBy('ada'));
      assert.deepEqual(again, { ...whole, replayed: true });
      assert.deepEqual(await everything(paths('team')), []);
      const jobs = await paths('team').space.parent.parent!.collection('jobs').get();
      assert.deepEqual(
        jobs.docs.map((job) => job.get('state')),
        ['succeeded'],
      );
    });
  }
});
