/** Request schemas of the `job` operations. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { id } from './primitives.ts';
import type * as types from './types.ts';

/** `job-get` */
export const jobGetRequest = z.strictObject({
  tenant: id,
  jobId: id,
}) satisfies z.ZodType<types.JobGetRequest>;

/** `job-cancel` */
export const jobCancelRequest = z.strictObject({
  tenant: id,
  jobId: id,
}) satisfies z.ZodType<types.JobCancelRequest>;
