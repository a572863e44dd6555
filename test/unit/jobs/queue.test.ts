import assert from 'node:assert/strict';
import { enqueueJob } from '../../../functions/src/jobs/queue.ts';
import { type FailureRecord, tenantHash } from '../../../functions/src/storage/operation-log.ts';
import { failsWith } from '../../support/fails-with.ts';

describe('a job whose queue cannot be reached', () => {
  it('is told of to the caller, and why to the log alone, without naming tenant or job', async () => {
    const told: FailureRecord[] = [];
    const log = { ended: () => undefined, failed: (record: FailureRecord) => void told.push(record) };
    // The functions have no region in this process, so that the queue has no name.
    const failing = enqueueJob({ tenantId: 'acme-inc', jobId: 'job-1' }, log);
    await assert.rejects(failing, failsWith('unavailable', 'queue-unavailable'));
    const [{ reason, collection, tenant, cause } = {} as FailureRecord] = told;
    assert.deepEqual(
      [told.length, reason, collection, tenant],
      [1, 'queue-unavailable', 'jobs', tenantHash('acme-inc')],
    );
    assert.match(cause, /^[A-Za-z]*Error: .+\n {4}at /);
    assert.ok(!/acme-inc|job-1/.test(JSON.stringify(told)));
  });
});
