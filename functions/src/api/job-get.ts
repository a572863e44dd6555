/** Reads a job. */
import { jobGetRequest } from '../contract/job.ts';
import { jobsOf } from './admission.ts';
import { operation } from './operation.ts';

/** `job-get`: see `JobDirectory` for its errors. */
export const jobGet = operation('job-get', jobGetRequest, async ({ tenant, jobId }, _caller, call) => ({
  job: await jobsOf(tenant).get(jobId, call),
}));
