import assert from 'node:assert/strict';
import { DEFAULTS, JOBS, LIMITS } from '../../../functions/src/config.ts';
import type { Standing } from '../../../functions/src/core/access.ts';
import {
  advance,
  cancel,
  canManageJob,
  createJob,
  fail,
  hasEnded,
  type JobRecord,
  succeed,
} from '../../../functions/src/core/job.ts';

const WANTED = { id: 'j', kind: 'purge', space: 's', personal: false, input: { secret: 'words' } } as const;
const JOB = createJob(WANTED, { actor: 'ann', now: 1_000 });
const UNAVAILABLE = { code: 'unavailable', reason: 'unavailable', message: 'Try again.' };

function standing(uid: string, role: 'viewer' | 'editor' | 'admin' | 'owner', status = 'active'): Standing {
  return { uid, tenant: { status: 'active' }, member: { role, status } };
}

describe('a job', () => {
  it('begins with its first step still to be made', () => {
    assert.deepEqual([JOB.state, JOB.step, JOB.createdBy, JOB.createdAt], ['queued', 0, 'ann', 1_000]);
    assert.equal(hasEnded(JOB), false);
  });

  it('counts each step, and forgets the failures before it', () => {
    const failed = fail(JOB, UNAVAILABLE, 1_500);
    const next = advance(failed, { after: 'x' }, 50, 2_000);
    assert.deepEqual(
      [next.state, next.step, next.failures, next.position],
      ['running', 1, 0, { after: 'x' }],
    );
    assert.deepEqual([next.progress.done, next.updatedAt], [50, 2_000]);
    assert.equal(advance(next, null, 25, 3_000).progress.done, 75);
  });

  it('ends with a result, forgets what was asked, and is kept as long as any receipt names it', () => {
    const ended = succeed(JOB, { deleted: 3 }, 3, 2_000);
    assert.deepEqual([ended.state, ended.result, ended.finishedAt], ['succeeded', { deleted: 3 }, 2_000]);
    assert.equal(ended.expiresAt, 2_000 + DEFAULTS.JOB_MS);
    assert.ok(DEFAULTS.JOB_MS >= LIMITS.MAX_RECEIPT_HOURS * 3_600_000);
    for (const each of [
      ended,
      cancel(JOB, 2_000),
      fail(JOB, { ...UNAVAILABLE, code: 'permission-denied' }, 2_000),
    ]) {
      assert.equal(hasEnded(each), true);
      assert.deepEqual([each.input, each.position], [null, null]);
    }
  });

  it('has failed when a step failed too often, at once where trying again is of no use', () => {
    let job: JobRecord = JOB;
    for (let n = 1; n < JOBS.MAX_FAILURES; n += 1) job = fail(job, UNAVAILABLE, 2_000);
    assert.equal(hasEnded(job), false);
    assert.deepEqual(fail(job, UNAVAILABLE, 3_000).state, 'failed');
    const denied = fail(JOB, { ...UNAVAILABLE, code: 'permission-denied' }, 3_000);
    assert.deepEqual([denied.state, denied.error?.code], ['failed', 'permission-denied']);
  });

  const onShared = { createdBy: 'ann', personal: false };
  const onPersonal = { createdBy: 'ann', personal: true };
  const rights: [string, Standing, typeof onShared, boolean][] = [
    ['its creator', standing('ann', 'viewer'), onPersonal, true],
    ['its creator, no longer a member', standing('ann', 'owner', 'removed'), onShared, false],
    ['an admin, on a shared space', standing('ada', 'admin'), onShared, true],
    ['an owner, on a shared space', standing('owen', 'owner'), onShared, true],
    ['a suspended owner', standing('owen', 'owner', 'suspended'), onShared, false],
    ['an editor, on a shared space', standing('ed', 'editor'), onShared, false],
    ['an admin, on a personal space', standing('ada', 'admin'), onPersonal, false],
    ['an owner, on a personal space', standing('owen', 'owner'), onPersonal, false],
  ];
  for (const [who, caller, job, may] of rights) {
    it(`is ${may ? '' : 'not '}for ${who}`, () => assert.equal(canManageJob(caller, job), may));
  }
});
