/** Request schemas of what concerns a session as a whole. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { LIMITS } from '../config.ts';
import { boundedText, cursor, id, key, pageLimit } from './primitives.ts';
import type * as types from './types.ts';

const scope = { tenant: id, space: id.exactOptional() };

/** `session-list` */
export const sessionListRequest = z.strictObject({
  ...scope,
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.SessionListRequest>;

/** `session-context` */
export const sessionContextRequest = z.strictObject({
  ...scope,
  session: id,
  query: boundedText(LIMITS.MAX_QUERY_BYTES).exactOptional(),
  maxTokens: z.int().min(1).max(LIMITS.MAX_CONTEXT_TOKENS).exactOptional(),
  recentTurns: z.int().min(0).max(LIMITS.MAX_RECENT_TURNS).exactOptional(),
}) satisfies z.ZodType<types.SessionContextRequest>;

/** `session-delete` */
export const sessionDeleteRequest = z.strictObject({
  ...scope,
  key: key.exactOptional(),
  session: id,
}) satisfies z.ZodType<types.SessionDeleteRequest>;
