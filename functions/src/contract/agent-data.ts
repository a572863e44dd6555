/** Request schemas of the `agentData` operations. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { LIMITS } from '../config.ts';
import { cursor, id, key, metadata, pageLimit, time, ttlSeconds, utf8Bytes } from './primitives.ts';
import type * as types from './types.ts';
import type { Json } from './types.ts';

const scope = { tenant: id, space: id.exactOptional() };
const keyed = { key: key.exactOptional() };

/** The type of a record, in the agent's own words: `tool.result`, `AgentState`. */
export const recordType = z.string().regex(/^[A-Za-z][A-Za-z0-9._:-]{0,63}$/);

/** The content of a record: any JSON of at most 256 KiB and 20 levels without lone surrogates. */
export const content = z
  .custom<Json>((value) => value !== undefined, { params: { code: 'invalid_type' } })
  .superRefine((value, context) => {
    // The walk first: what is no JSON, or holds itself, cannot be written out to be measured.
    const flaw = contentFlaw(value, 1);
    const code = flaw ?? (utf8Bytes(JSON.stringify(value)) > LIMITS.MAX_CONTENT_BYTES ? 'too_big' : null);
    if (code !== null) context.addIssue({ code: 'custom', message: code, params: { code } });
  });

/** Returns the code of the first thing wrong with a value at this level, or null. */
function contentFlaw(value: unknown, level: number): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : 'lone_surrogate';
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'not_finite';
  if (typeof value === 'boolean' || value === null) return null;
  if (typeof value !== 'object') return 'invalid_type';
  if (level > LIMITS.MAX_CONTENT_DEPTH) return 'too_deep';
  if (!Array.isArray(value) && Object.keys(value).some((name) => !name.isWellFormed())) {
    return 'lone_surrogate';
  }
  for (const inner of Object.values(value)) {
    const flaw = contentFlaw(inner, level + 1);
    if (flaw !== null) return flaw;
  }
  return null;
}

/** `agentData-add` */
export const agentDataAddRequest = z
  .strictObject({
    ...scope,
    ...keyed,
    agentId: id,
    type: recordType,
    content,
    metadata: metadata.exactOptional(),
    expiresAt: time.nullable().exactOptional(),
    ttlSeconds: ttlSeconds.exactOptional(),
  })
  .refine((input) => input.expiresAt === undefined || input.ttlSeconds === undefined, {
    path: ['ttlSeconds'],
    params: { code: 'excludes_expires_at' },
  }) satisfies z.ZodType<types.AgentDataAddRequest>;

/** `agentData-get` */
export const agentDataGetRequest = z.strictObject({
  ...scope,
  id,
}) satisfies z.ZodType<types.AgentDataGetRequest>;

/** `agentData-list` */
export const agentDataListRequest = z.strictObject({
  ...scope,
  agentId: id.exactOptional(),
  type: recordType.exactOptional(),
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.AgentDataListRequest>;

/** `agentData-delete` */
export const agentDataDeleteRequest = z.strictObject({
  ...scope,
  ...keyed,
  id,
}) satisfies z.ZodType<types.AgentDataDeleteRequest>;
