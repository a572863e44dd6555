/** Deletes a space with all that is in it. */
import { spaceDeleteRequest } from '../contract/tenant.ts';
import { enqueueJob } from '../jobs/queue.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-delete`: see `SpaceManager` for its errors, and `enqueueJob`. */
export const spaceDelete = operation('space-delete', spaceDeleteRequest, async (request, _caller, call) => {
  const { tenant, space } = request;
  const answer = await spacesOf(tenant).delete(space, request, call);
  if ('jobId' in answer) await enqueueJob({ tenantId: tenant, jobId: answer.jobId });
  return answer;
});
