import assert from 'node:assert/strict';
import { type Fault, type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { writeMany } from '../../support/jobs.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const DATABASE = 'faults-purge';
/** gRPC status numbers: one that the SDK tries again, and one that it does not. */
const INTERNAL = 13;
const PERMISSION_DENIED = 7;

/** Two steps: a full chunk and a rest. */
const COUNT = 60;

describe('a purge of which a commit fails', () => {
  let link: FaultyLink;
  before(async () => {
    link = await openFaultyLink(DATABASE);
  });
  after(() => link.close());

  const steps = ['of its job', 'of its first step', 'of its last step'];
  for (const [place, step] of steps.entries()) {
    for (const when of ['before', 'after'] as const) {
      for (const status of [INTERNAL, PERMISSION_DENIED]) {
        const told = status === INTERNAL ? 'the SDK repeats' : 'the caller repeats';
        it(`${step}, ${when} it is applied, counts each memory once when ${told} it`, async () => {
          const { manager, tenantId } = openManager(undefined, DATABASE);
          const paths = spaceOf(tenantId, 's', DATABASE);
          link.failNext();
          await writeMany(paths, COUNT);
          const request = { filter: { all: true }, dryRun: false, key: 'k' } as const;
          const fault: Fault = { when, status };
          link.failNext(...new Array<null>(place).fill(null), fault);
          const first = manager.purge('s', request, callBy('ann'));
          if (status === PERMISSION_DENIED) await assert.rejects(first);
          else await first;
          link.failNext();
          const answer = await manager.purge('s', request, callBy('ann'));
          assert.ok('deleted' in answer);
          assert.deepEqual([answer.matched, answer.deleted], [COUNT, COUNT]);
          assert.equal((await paths.memories.get()).size, 0);
          assert.equal((await paths.everyRevision().get()).size, 2 * COUNT);
        });
      }
    }
  }
});
