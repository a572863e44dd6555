/** Ends a job before its next step. */
import { jobCancelRequest } from '../contract/job.ts';
import { jobsOf } from './admission.ts';
import { operation } from './operation.ts';

/** `job-cancel`: see `JobDirectory` for its errors. */
export const jobCancel = operation('job-cancel', jobCancelRequest, async (request, _caller, call) => ({
  job: await jobsOf(request.tenant).cancel(request.jobId, call),
}));
