/** Request schemas of the `memory` and `session` operations. Unknown keys are errors everywhere. */
import * as z from 'zod';
import { LIMITS } from '../config.ts';
import {
  boundedText,
  cursor,
  id,
  importance,
  key,
  kind,
  label,
  memoryText,
  metadata,
  pageLimit,
  role,
  tags,
  time,
  ttlSeconds,
  version,
} from './primitives.ts';
import type * as types from './types.ts';

const scope = { tenant: id, space: id.exactOptional() };
const keyed = { key: key.exactOptional() };

/** What `parseFilter` takes apart; a schema could not name the path and operator that are wrong. */
const filter = z.custom<types.Filter>((value) => value !== undefined && value !== null);

const oneExpiry = {
  check: (input: { expiresAt?: unknown; ttlSeconds?: unknown }) =>
    input.expiresAt === undefined || input.ttlSeconds === undefined,
  failure: { path: ['ttlSeconds'], params: { code: 'excludes_expires_at' } },
};

const described = {
  id: id.exactOptional(),
  text: memoryText,
  agentId: id.exactOptional(),
  persona: label.exactOptional(),
  source: label.exactOptional(),
  tags: tags.exactOptional(),
  metadata: metadata.exactOptional(),
  importance: importance.exactOptional(),
  occurredAt: time.exactOptional(),
  expiresAt: time.nullable().exactOptional(),
  ttlSeconds: ttlSeconds.exactOptional(),
};

/** A memory that is to be created. */
export const memoryInput = z
  .strictObject({
    ...described,
    kind: kind.exactOptional(),
    role: role.exactOptional(),
    sessionId: id.exactOptional(),
  })
  .refine(oneExpiry.check, oneExpiry.failure) satisfies z.ZodType<types.MemoryInput>;

/** A message that is to be appended to a session. It may repeat its kind and its session, not name others. */
export const messageInput = z
  .strictObject({
    ...described,
    role,
    kind: z.literal('message').exactOptional(),
    sessionId: id.exactOptional(),
  })
  .refine(oneExpiry.check, oneExpiry.failure) satisfies z.ZodType<types.MessageInput>;

/** The changes of an update: at least one. */
export const memoryChanges = z
  .strictObject({
    text: memoryText.exactOptional(),
    kind: kind.exactOptional(),
    role: role.nullable().exactOptional(),
    sessionId: id.nullable().exactOptional(),
    agentId: id.nullable().exactOptional(),
    persona: label.nullable().exactOptional(),
    source: label.nullable().exactOptional(),
    tags: tags.nullable().exactOptional(),
    metadata: metadata.nullable().exactOptional(),
    importance: importance.nullable().exactOptional(),
    occurredAt: time.exactOptional(),
    expiresAt: time.nullable().exactOptional(),
    ttlSeconds: ttlSeconds.exactOptional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, { params: { code: 'too_small' } })
  .refine(oneExpiry.check, oneExpiry.failure) satisfies z.ZodType<types.MemoryChanges>;

/** `memory-add` */
export const memoryAddRequest = z.strictObject({
  ...scope,
  ...keyed,
  memories: z.array(memoryInput).min(1).max(LIMITS.MAX_BATCH),
  dedupe: z.enum(['exact', 'off']).exactOptional(),
}) satisfies z.ZodType<types.MemoryAddRequest>;

/** `memory-get` */
export const memoryGetRequest = z.strictObject({ ...scope, id }) satisfies z.ZodType<types.MemoryGetRequest>;

/** `memory-list` */
export const memoryListRequest = z.strictObject({
  ...scope,
  filter: filter.exactOptional(),
  order: z
    .strictObject({
      field: z.enum(['createdAt', 'occurredAt', 'updatedAt', 'importance']),
      direction: z.enum(['asc', 'desc']),
    })
    .exactOptional(),
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.MemoryListRequest>;

/** `memory-search` */
export const memorySearchRequest = z
  .strictObject({
    ...scope,
    query: boundedText(LIMITS.MAX_QUERY_BYTES),
    spaces: z.array(id).min(1).max(LIMITS.MAX_SEARCH_SPACES).exactOptional(),
    mode: z.enum(['hybrid', 'semantic', 'keyword']).exactOptional(),
    filter: filter.exactOptional(),
    limit: pageLimit.exactOptional(),
    minScore: z.number().exactOptional(),
    recency: z
      .strictObject({
        halfLifeDays: z.number().positive().max(LIMITS.MAX_HALF_LIFE_DAYS),
        weight: z.number().min(0).max(10),
      })
      .exactOptional(),
    importanceWeight: z.number().min(0).max(10).exactOptional(),
    explain: z.boolean().exactOptional(),
  })
  .refine((request) => request.space === undefined || request.spaces === undefined, {
    path: ['spaces'],
    params: { code: 'excludes_space' },
  }) satisfies z.ZodType<types.MemorySearchRequest>;

/** `memory-update` */
export const memoryUpdateRequest = z.strictObject({
  ...scope,
  ...keyed,
  id,
  changes: memoryChanges,
  ifVersion: version.exactOptional(),
}) satisfies z.ZodType<types.MemoryUpdateRequest>;

/** `memory-delete` */
export const memoryDeleteRequest = z.strictObject({
  ...scope,
  ...keyed,
  id,
  ifVersion: version.exactOptional(),
}) satisfies z.ZodType<types.MemoryDeleteRequest>;

/** `memory-purge` */
export const memoryPurgeRequest = z.strictObject({
  ...scope,
  ...keyed,
  filter,
  dryRun: z.boolean().exactOptional(),
}) satisfies z.ZodType<types.MemoryPurgeRequest>;

/** `memory-history` */
export const memoryHistoryRequest = z.strictObject({
  ...scope,
  id,
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
}) satisfies z.ZodType<types.MemoryHistoryRequest>;

/** `memory-restore` */
export const memoryRestoreRequest = z.strictObject({
  ...scope,
  ...keyed,
  id,
  version,
  ifVersion: version.exactOptional(),
}) satisfies z.ZodType<types.MemoryRestoreRequest>;

/**
 * `memory-batch`: each operation is checked by its own schema when its turn comes, so that one that is not
 * valid fails alone.
 */
export const memoryBatchRequest = z.strictObject({
  ...scope,
  operations: z
    .array(
      z.looseObject({
        op: z.enum(['add', 'get', 'list', 'search', 'update', 'delete', 'purge', 'history', 'restore']),
      }),
    )
    .min(1)
    .max(LIMITS.MAX_BATCH_OPERATIONS),
});

/** `session-append` */
export const sessionAppendRequest = z
  .strictObject({
    ...scope,
    ...keyed,
    session: id,
    messages: z.array(messageInput).min(1).max(LIMITS.MAX_BATCH),
  })
  .superRefine(({ session, messages }, context) => {
    for (const [place, { sessionId = session }] of messages.entries()) {
      if (sessionId === session) continue;
      const path = ['messages', place, 'sessionId'];
      context.addIssue({ code: 'custom', path, params: { code: 'other_session' } });
    }
  }) satisfies z.ZodType<types.SessionAppendRequest>;

/** `session-history` */
export const sessionHistoryRequest = z.strictObject({
  ...scope,
  session: id,
  limit: pageLimit.exactOptional(),
  cursor: cursor.exactOptional(),
  filter: filter.exactOptional(),
}) satisfies z.ZodType<types.SessionHistoryRequest>;
