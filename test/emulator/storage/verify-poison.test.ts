/** A memory that can never be mended: nothing else waits for it. */
import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS } from '../../../functions/src/config.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { derivedHealth } from '../../../functions/src/storage/derived-health.ts';
import { keepingOf } from '../../../functions/src/storage/keeping.ts';
import { verifySample } from '../../../functions/src/storage/verify-sample.ts';
import { type FaultyLink, openFaultyLink } from '../../support/faulty-link.ts';
import { openTenant, writeMany } from '../../support/jobs.ts';
import { callBy, freshId } from '../../support/storage.ts';

/**
 * Such a memory is real, see ADR 0019: just below 1 MiB, so that the fields which it lacks do not fit. The emulator
 * has no such limit, so the link refuses what Firestore would refuse.
 */
const POISON = 'many-30';
const MANY = 70;

describe('a memory whose commit is always refused', () => {
  let link: FaultyLink;
  const database = freshId('poison').slice(0, 20);
  before(async () => {
    link = await openFaultyLink(database);
  });
  after(() => link.close());

  /** Memories without anything derived, with the poison in their midst. */
  async function poisoned() {
    link.refuseAlways(null);
    const tenant = await openTenant(database);
    await writeMany(tenant.paths('team'), MANY);
    link.refuseAlways(`/index/${POISON}`);
    return tenant;
  }

  const KINDS = ['missing-entry', 'incomplete-memory', 'missing-claim'] as const;

  for (const kind of ['repair', 'reindex'] as const) {
    it(`keeps no other from a ${kind}, and is told as the one that is not mended`, async () => {
      const { jobs, work, paths } = await poisoned();
      const { jobId } = await jobs.start('team', { kind }, keepingOf(DEFAULT_SETTINGS), callBy('ada'));
      assert.equal(await work(jobId), false);
      const { state, result, progress } = await jobs.get(jobId, callBy('ada'));
      assert.equal(state, 'succeeded');
      assert.ok(result !== null && 'differences' in result);
      for (const each of KINDS) assert.equal(result.differences[each], MANY, each);
      assert.deepEqual([result.memories, progress.done], [MANY, MANY]);
      assert.equal(result.mended, KINDS.length * (MANY - 1));
      const entries = (await paths('team').index.get()).docs.map(({ id }) => id);
      assert.equal(entries.length, MANY - 1);
      assert.ok(!entries.includes(POISON));
    });
  }

  it('keeps no other from the sample, and from being told as unmended', async () => {
    const { database: sampled, paths } = await poisoned();
    const { mended, failed, differences } = await verifySample(sampled, embedder);
    assert.equal(failed, 0);
    assert.ok((differences['missing-entry'] ?? 0) > 0 && mended > 0);
    assert.equal((await paths('team').index.get()).size, MANY - 1);
    assert.equal((await derivedHealth(sampled, callBy('ada'))).status, 'degraded');
  });

  it('is mended like any other once it can be, as a twin', async () => {
    const { jobs, work } = await poisoned();
    link.refuseAlways(null);
    const request = { kind: 'repair' } as const;
    const { jobId } = await jobs.start('team', request, keepingOf(DEFAULT_SETTINGS), callBy('ada'));
    await work(jobId);
    const { result } = await jobs.get(jobId, callBy('ada'));
    assert.ok(result !== null && 'mended' in result);
    assert.equal(result.mended, KINDS.length * MANY);
  });
});
