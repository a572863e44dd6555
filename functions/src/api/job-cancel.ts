/** Ends a job before its next step. */
import { jobCancelRequest } from '../contract/job.ts';
import { jobsOf } from './admission.ts';
import { operation } from './operation.ts';

/** `job-cancel`: see `JobDirectory` for its errors. */
export const jobCancel = operation('job-cancel', jobCancelRequest, (request, _caller, call) =>
  jobsOf(request.tenant).cancel(request, call),
);
