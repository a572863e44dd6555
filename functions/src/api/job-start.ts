/** Starts a job that verifies, repairs or reindexes a space. */
import { jobStartRequest } from '../contract/job.ts';
import { enqueueJob } from '../jobs/queue.ts';
import { keepingOf } from '../storage/keeping.ts';
import { admitMaintainer, jobsOf } from './admission.ts';
import { operation } from './operation.ts';

/** `job-start`: see `JobDirectory` for its errors, and `enqueueJob`. */
export const jobStart = operation('job-start', jobStartRequest, async (request, caller, call) => {
  const space = request.space ?? caller.uid;
  const { settings } = await admitMaintainer(request.tenant, space, call);
  const answer = await jobsOf(request.tenant).start(space, request, keepingOf(settings), call);
  await enqueueJob({ tenantId: request.tenant, jobId: answer.jobId });
  return answer;
});
