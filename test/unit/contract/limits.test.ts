import assert from 'node:assert/strict';
import { LIMITS } from '../../../functions/src/config.ts';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { parseFilter } from '../../../functions/src/core/filter.ts';
import { accepted, issuesOf } from './refusal.ts';
import { REQUESTS, withValue } from './requests.ts';

type Limit = keyof typeof LIMITS;

/** A limit, where it holds, and the value that has a given size. */
type Case = readonly [
  limit: Limit,
  name: OperationName,
  path: string,
  sized: (size: number) => unknown,
  codeOver?: string,
];

const letters = (size: number) => 'a'.repeat(size);
/** Two bytes and one UTF-16 unit each, and one letter where the size is odd. */
const accents = (bytes: number) => '\u00e9'.repeat(bytes / 2) + letters(bytes % 2);
const listOf = (value: unknown) => (size: number) => new Array<unknown>(size).fill(value);
const levels = (size: number): unknown => (size === 1 ? { a: 1 } : { a: levels(size - 1) });
const FIRST = 'memories.0';

const CASES: readonly Case[] = [
  ['MAX_TEXT_BYTES', 'memory-add', `${FIRST}.text`, letters],
  ['MAX_TEXT_BYTES', 'memory-add', `${FIRST}.text`, accents],
  ['MAX_TEXT_BYTES', 'memory-update', 'changes.text', letters],
  ['MAX_TEXT_BYTES', 'session-append', 'messages.0.text', accents],
  ['MAX_TAGS', 'memory-add', `${FIRST}.tags`, listOf('a')],
  ['MAX_TAGS', 'memory-update', 'changes.tags', listOf('a')],
  ['MAX_TAG_LENGTH', 'memory-add', `${FIRST}.tags.0`, letters],
  ['MAX_METADATA_BYTES', 'memory-add', `${FIRST}.metadata`, (size) => ({ a: accents(size - 8) })],
  ['MAX_METADATA_BYTES', 'memory-update', 'changes.metadata', (size) => ({ a: letters(size - 8) })],
  ['MAX_METADATA_DEPTH', 'memory-add', `${FIRST}.metadata`, levels, 'too_deep'],
  [
    'MAX_METADATA_DEPTH',
    'memory-add',
    `${FIRST}.metadata`,
    (size) => ({ a: [levels(size - 2)] }),
    'too_deep',
  ],
  [
    'MAX_METADATA_KEY_BYTES',
    'memory-add',
    `${FIRST}.metadata`,
    (size) => ({ [accents(size)]: 1 }),
    'invalid_key',
  ],
  ['MAX_ID_LENGTH', 'memory-add', 'tenant', letters, 'invalid_id'],
  ['MAX_ID_LENGTH', 'memory-get', 'id', letters, 'invalid_id'],
  ['MAX_ID_LENGTH', 'session-history', 'session', letters, 'invalid_id'],
  ['MAX_LABEL_LENGTH', 'memory-add', `${FIRST}.persona`, letters],
  ['MAX_LABEL_LENGTH', 'memory-add', `${FIRST}.source`, letters],
  ['MAX_LABEL_LENGTH', 'tenant-create', 'name', letters],
  ['MAX_LABEL_LENGTH', 'space-create', 'name', letters],
  ['MAX_KEY_LENGTH', 'memory-add', 'key', letters],
  ['MAX_KEY_LENGTH', 'memory-delete', 'key', letters],
  ['MAX_KEY_LENGTH', 'memory-purge', 'key', letters],
  ['MAX_KEY_LENGTH', 'space-delete', 'key', letters],
  ['MAX_KEY_LENGTH', 'job-start', 'key', letters],
  ['MAX_ID_LENGTH', 'job-start', 'space', letters, 'invalid_id'],
  ['MAX_ID_LENGTH', 'job-get', 'jobId', letters, 'invalid_id'],
  ['MAX_BATCH', 'memory-add', 'memories', listOf({ text: 'x' })],
  ['MAX_BATCH_OPERATIONS', 'memory-batch', 'operations', listOf({ op: 'list' })],
  ['MAX_CONTENT_BYTES', 'agentData-add', 'content', (size) => letters(size - 2)],
  ['MAX_CONTENT_DEPTH', 'agentData-add', 'content', levels, 'too_deep'],
  ['MAX_BATCH', 'session-append', 'messages', listOf({ text: 'x', role: 'user' })],
  ['MAX_PAGE', 'memory-list', 'limit', (size) => size],
  ['MAX_PAGE', 'memory-search', 'limit', (size) => size],
  ['MAX_PAGE', 'session-history', 'limit', (size) => size],
  ['MAX_PAGE', 'tenant-members', 'limit', (size) => size],
  ['MAX_PAGE', 'session-list', 'limit', (size) => size],
  ['MAX_CONTEXT_TOKENS', 'session-context', 'maxTokens', (size) => size],
  ['MAX_RECENT_TURNS', 'session-context', 'recentTurns', (size) => size],
  ['MAX_SEARCH_SPACES', 'memory-search', 'spaces', listOf('team')],
  ['MAX_QUERY_BYTES', 'memory-search', 'query', accents],
  ['MAX_QUERY_BYTES', 'session-context', 'query', accents],
  ['MAX_CURSOR_LENGTH', 'memory-list', 'cursor', letters],
  ['MAX_TTL_SECONDS', 'tenant-settings', 'changes.defaultTtlSeconds', (size) => size],
  ['MAX_RETENTION_DAYS', 'tenant-settings', 'changes.retentionDays', (size) => size],
  ['MAX_RECEIPT_HOURS', 'tenant-settings', 'changes.receiptHours', (size) => size],
  ['MAX_HALF_LIFE_DAYS', 'memory-search', 'recency.halfLifeDays', (size) => size],
];

/** Limits that hold outside of the schemas, and where they are tested. */
const ELSEWHERE: Partial<Record<Limit, string>> = {
  MAX_FILTER_VALUES: 'core/filter-grammar.test.ts',
  MAX_FILTER_DEPTH: 'core/filter-grammar.test.ts',
  MAX_FILTER_CONDITIONS: 'core/filter-grammar.test.ts',
  MAX_FILTER_NODES: 'core/filter-grammar.test.ts',
  MAX_BODY_BYTES: 'api/body-guard.test.ts',
  MAX_BODY_DEPTH: 'api/body-guard.test.ts',
  MAX_COMMIT_BYTES: 'core/commit-size.test.ts',
  MAX_GRANTS: 'emulator/storage/spaces.test.ts',
  MAX_USAGE_SPACES: 'emulator/storage/tenants.test.ts',
  MAX_TTL_SECONDS: 'below: an expiry excludes the one that the example has',
};

describe('a limit', () => {
  for (const [limit, name, path, sized, code = 'too_big'] of CASES) {
    it(`${limit} holds for ${path} of ${name}, and not one earlier`, () => {
      const { full } = REQUESTS[name];
      accepted(name, withValue(full, path, sized(LIMITS[limit])));
      assert.deepEqual(issuesOf(name, withValue(full, path, sized(LIMITS[limit] + 1))), [{ path, code }]);
    });
  }

  it('MAX_TTL_SECONDS holds for ttlSeconds, and not one earlier', () => {
    const request = (ttlSeconds: number) => ({ tenant: 'acme', memories: [{ text: 'x', ttlSeconds }] });
    accepted('memory-add', request(LIMITS.MAX_TTL_SECONDS));
    accepted('memory-add', request(0.001));
    const issues = issuesOf('memory-add', request(LIMITS.MAX_TTL_SECONDS + 1));
    assert.deepEqual(issues, [{ path: 'memories.0.ttlSeconds', code: 'too_big' }]);
  });

  it('of configuration is held by something, each of them', () => {
    const held = new Set<string>([...CASES.map(([limit]) => limit), ...Object.keys(ELSEWHERE)]);
    assert.deepEqual(
      Object.keys(LIMITS).filter((limit) => !held.has(limit)),
      [],
    );
  });

  it('that the contract fixes is what the contract says', () => {
    const fixed: Partial<Record<Limit, number>> = {
      MAX_TEXT_BYTES: 32_768,
      MAX_TAGS: 20,
      MAX_TAG_LENGTH: 64,
      MAX_METADATA_BYTES: 8_192,
      MAX_METADATA_DEPTH: 3,
      MAX_ID_LENGTH: 128,
      MAX_KEY_LENGTH: 128,
      MAX_BATCH: 100,
      MAX_PAGE: 100,
      MAX_SEARCH_SPACES: 10,
    };
    assert.deepEqual({ ...LIMITS, ...fixed }, LIMITS);
  });

  it('of a filter is not that of a schema, which leaves it to the grammar', () => {
    const filter = { AND: [{ kind: 'fact' }] };
    accepted('memory-list', { tenant: 'acme', filter });
    parseFilter(filter);
  });
});

const LEAST: readonly [
  name: OperationName,
  path: string,
  allowed: unknown,
  refused: unknown,
  code?: string,
][] = [
  ['memory-add', 'memories', [{ text: 'x' }], []],
  ['memory-add', `${FIRST}.text`, 'x', ''],
  ['memory-add', `${FIRST}.tags`, [], ['']],
  ['memory-add', `${FIRST}.tags`, ['constructor', 'prototype', '__x__'], ['__proto__'], 'reserved_tag'],
  ['memory-update', 'changes.tags', ['constructor'], ['__proto__'], 'reserved_tag'],
  ['memory-add', `${FIRST}.persona`, 'x', ''],
  ['memory-add', `${FIRST}.importance`, 0, -0.01],
  ['memory-add', `${FIRST}.kind`, 'a', '', 'invalid_format'],
  ['memory-add', 'key', 'x', ''],
  ['memory-list', 'limit', 1, 0],
  ['memory-list', 'limit', 1, -1],
  ['memory-list', 'cursor', 'x', ''],
  ['memory-search', 'spaces', ['a'], []],
  ['memory-search', 'query', 'x', ''],
  ['memory-search', 'recency.halfLifeDays', 0.1, 0],
  ['memory-search', 'recency.weight', 0, -0.1],
  ['memory-search', 'importanceWeight', 0, -0.1],
  ['memory-update', 'ifVersion', 1, 0],
  ['session-append', 'messages', [{ role: 'tool', text: 'x' }], []],
  ['session-context', 'query', 'x', ''],
  ['session-context', 'maxTokens', 1, 0],
  ['session-context', 'recentTurns', 0, -1],
];

const MOST: readonly [
  name: OperationName,
  path: string,
  allowed: unknown,
  refused: unknown,
  code?: string,
][] = [
  ['memory-add', `${FIRST}.importance`, 1, 1.01],
  ['memory-add', `${FIRST}.kind`, `a${'b'.repeat(31)}`, `a${'b'.repeat(32)}`, 'invalid_format'],
  ['memory-search', 'recency.weight', 10, 10.1],
  ['memory-search', 'importanceWeight', 10, 10.1],
  ['memory-update', 'ifVersion', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1],
];

describe('a value', () => {
  for (const [name, path, allowed, refused, code = 'too_small'] of LEAST) {
    it(`of ${path} of ${name} may be ${JSON.stringify(allowed)} and not ${JSON.stringify(refused)}`, () => {
      const { full } = REQUESTS[name];
      accepted(name, withValue(full, path, allowed));
      const [issue] = issuesOf(name, withValue(full, path, refused));
      assert.ok(issue?.path.startsWith(path));
      assert.equal(issue?.code, code);
    });
  }

  for (const [name, path, allowed, refused, code = 'too_big'] of MOST) {
    it(`of ${path} of ${name} may be ${JSON.stringify(allowed)} and not ${JSON.stringify(refused)}`, () => {
      const { full } = REQUESTS[name];
      accepted(name, withValue(full, path, allowed));
      assert.deepEqual(issuesOf(name, withValue(full, path, refused)), [{ path, code }]);
    });
  }
});
