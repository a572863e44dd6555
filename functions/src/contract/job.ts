/** Request schemas of the `job` operations. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { id, key } from './primitives.ts';
import type * as types from './types.ts';

/** `job-start` */
export const jobStartRequest = z.strictObject({
  tenant: id,
  space: id.exactOptional(),
  kind: z.enum(['verify', 'repair', 'reindex']),
  input: z.strictObject({}).exactOptional(),
  key: key.exactOptional(),
}) satisfies z.ZodType<types.JobStartRequest>;

/** `job-get` */
export const jobGetRequest = z.strictObject({
  tenant: id,
  jobId: id,
}) satisfies z.ZodType<types.JobGetRequest>;

/** `job-cancel` */
export const jobCancelRequest = z.strictObject({
  tenant: id,
  jobId: id,
  key: key.exactOptional(),
}) satisfies z.ZodType<types.JobCancelRequest>;
