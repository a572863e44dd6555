/** Reads a page of the spaces that the caller may use. */
import { spaceListRequest } from '../contract/tenant.ts';
import { spacesOf } from './admission.ts';
import { operation } from './operation.ts';

/** `space-list`: see `SpaceManager` for its errors. */
export const spaceList = operation('space-list', spaceListRequest, (request, _caller, call) =>
  spacesOf(request.tenant).list(request, call),
);
