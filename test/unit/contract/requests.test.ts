import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DEFAULT_SETTINGS } from '../../../functions/src/config.ts';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { accepted, issuesOf } from './refusal.ts';
import { MEMORY, REQUESTS, withValue } from './requests.ts';

const NAMES = Object.keys(REQUESTS) as OperationName[];

/** What has keys of the caller's own, or is checked by the schema of another operation. */
const OPEN = new Set(['metadata', 'filter', 'content', 'operations']);

/** The path of each object in a request whose keys the contract names. */
function objectPaths(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, each]) =>
    OPEN.has(key) ? [] : objectPaths(each, path === '' ? key : `${path}.${key}`),
  );
  return Array.isArray(value) ? inner : [path, ...inner];
}

describe('the examples', () => {
  it('are of every operation of the contract', () => {
    const types = readFileSync(new URL('../../../functions/src/contract/types.ts', import.meta.url), 'utf8');
    const [, body = ''] = /^export interface Operations \{\n([\s\S]*?)^\}/m.exec(types) ?? [];
    assert.deepEqual([...body.matchAll(/^ {2}'([^']+)'/gm)].map(([, name]) => name).sort(), NAMES.toSorted());
  });
});

/** The operations that change nothing, and the batch, whose operations have keys of their own. */
const KEYLESS = new Set<OperationName>([
  ...(['memory-get', 'memory-list', 'memory-search', 'memory-history', 'memory-batch'] as const),
  ...(['session-history', 'session-list', 'session-context', 'agentData-get', 'agentData-list'] as const),
  ...(['space-list', 'space-stats', 'tenant-members', 'tenant-usage', 'job-get', 'system-health'] as const),
]);

describe('a message', () => {
  it('may say of itself what goes without saying', () => {
    const message = { role: 'user', text: 'x', kind: 'message', sessionId: 's' };
    const request = { tenant: 'acme', session: 's', messages: [message] };
    assert.deepEqual(accepted('session-append', structuredClone(request)), request);
  });
});

describe('an idempotency key', () => {
  it('is taken by every mutation, and by nothing else', () => {
    const keyed = NAMES.filter((name) => Object.hasOwn(REQUESTS[name].full, 'key'));
    assert.deepEqual(
      keyed,
      NAMES.filter((name) => !KEYLESS.has(name)),
    );
    for (const name of keyed) {
      assert.deepEqual(issuesOf(name, withValue(REQUESTS[name].full, 'key', '')), [
        { path: 'key', code: 'too_small' },
      ]);
    }
  });
});

for (const name of NAMES) {
  const { full, least } = REQUESTS[name];

  describe(`a request of ${name}`, () => {
    it('may hold all that it can hold, and comes through unchanged', () => {
      assert.deepEqual(accepted(name, structuredClone(full)), full);
    });

    it('may hold no more than it must', () => {
      assert.deepEqual(accepted(name, structuredClone(least)), least);
    });

    it('is refused when it is not an object', () => {
      for (const value of [undefined, 'x', 5, true, [], [full]]) issuesOf(name, value);
      if (least !== null) assert.deepEqual(issuesOf(name, null), [{ path: '', code: 'invalid_type' }]);
    });

    for (const path of objectPaths(full)) {
      const at = (key: string) => (path === '' ? key : `${path}.${key}`);

      it(`is refused for an unknown key ${path === '' ? 'at its top' : `in ${path}`}`, () => {
        for (const key of ['extra', 'constructor', 'prototype', '__proto__', 'toString', '0']) {
          const issues = issuesOf(name, withValue(full, at(key), { admin: true }));
          if (name === 'system-health') assert.equal(issues.length, 1);
          else assert.deepEqual(issues, [{ path: at(key), code: 'unrecognized_keys' }]);
        }
      });

      it(`inherits nothing from a __proto__ of JSON ${path === '' ? 'at its top' : `in ${path}`}`, () => {
        const json = JSON.stringify(withValue(full, at('marker'), 1)).replace('"marker"', '"__proto__"');
        const parsed: unknown = JSON.parse(json);
        issuesOf(name, parsed);
        assert.equal(({} as Record<string, unknown>).admin, undefined);
      });
    }

    if (least !== null) {
      for (const key of Object.keys(least)) {
        it(`is refused without ${key}`, () => {
          const rest = Object.fromEntries(Object.entries(least).filter(([each]) => each !== key));
          assert.equal(issuesOf(name, rest)[0]?.path, key);
        });

        it(`is refused with ${key} undefined or null`, () => {
          // The content of a record is any JSON, null too.
          for (const value of key === 'content' ? [undefined] : [undefined, null]) {
            assert.equal(issuesOf(name, withValue(least, key, value))[0]?.path, key);
          }
        });
      }

      it('is refused with an optional value that is null, where null clears nothing', () => {
        // The content of a record is any JSON, and one that never expires says so by null.
        for (const key of Object.keys(full).filter((each) => each !== 'content' && each !== 'expiresAt')) {
          assert.deepEqual(issuesOf(name, withValue(full, key, null))[0]?.path, key);
        }
      });
    }
  });
}

const REFUSED: readonly [title: string, name: OperationName, path: string, value: unknown, issue: string][] =
  [
    ['an unknown dedupe', 'memory-add', 'dedupe', 'fuzzy', 'invalid_value'],
    ['an unknown role', 'memory-add', 'memories.0.role', 'admin', 'invalid_value'],
    ['a kind in capitals', 'memory-add', 'memories.0.kind', 'Fact', 'invalid_format'],
    ['a blank text', 'memory-add', 'memories.0.text', ' \n\t', 'blank'],
    ['an importance that is text', 'memory-add', 'memories.0.importance', '0.5', 'invalid_type'],
    ['an importance of NaN', 'memory-add', 'memories.0.importance', Number.NaN, 'invalid_type'],
    ['tags that are a text', 'memory-add', 'memories.0.tags', 'pets', 'invalid_type'],
    ['an expiry twice', 'memory-add', 'memories.0.ttlSeconds', 60, 'excludes_expires_at'],
    ['an expiry twice in a change', 'memory-update', 'changes.ttlSeconds', 60, 'excludes_expires_at'],
    ['an expiry twice in a message', 'session-append', 'messages.0.ttlSeconds', 60, 'excludes_expires_at'],
    ['a kind of a message', 'session-append', 'messages.0.kind', 'fact', 'invalid_value'],
    ['a session of a message', 'session-append', 'messages.0.sessionId', 't', 'other_session'],
    ['no change', 'memory-update', 'changes', {}, 'too_small'],
    ['a change of the id', 'memory-update', 'changes.id', 'x', 'unrecognized_keys'],
    ['a change of the version', 'memory-update', 'changes.version', 1, 'unrecognized_keys'],
    ['a cleared text', 'memory-update', 'changes.text', null, 'invalid_type'],
    ['a cleared time', 'memory-update', 'changes.occurredAt', null, 'invalid_type'],
    ['a version that is no integer', 'memory-update', 'ifVersion', 1.5, 'invalid_type'],
    ['an order by text', 'memory-list', 'order.field', 'text', 'invalid_value'],
    ['an unknown direction', 'memory-list', 'order.direction', 'up', 'invalid_value'],
    ['a limit that is no integer', 'memory-list', 'limit', 1.5, 'invalid_type'],
    ['a limit that is text', 'memory-list', 'limit', '10', 'invalid_type'],
    ['an unknown mode', 'memory-search', 'mode', 'fuzzy', 'invalid_value'],
    ['a space and spaces', 'memory-search', 'space', 'team', 'excludes_space'],
    ['a personal space that is created', 'space-create', 'kind', 'personal', 'invalid_value'],
    ['an unknown role of a member', 'tenant-setMember', 'role', 'root', 'invalid_value'],
    ['an unknown dedupe of a tenant', 'tenant-settings', 'changes.dedupe', 'fuzzy', 'invalid_value'],
    ['a dedupe of a tenant that is null', 'tenant-settings', 'changes.dedupe', null, 'invalid_value'],
    ['no retention', 'tenant-settings', 'changes.retentionDays', 0, 'too_small'],
    ['a retention for ever', 'tenant-settings', 'changes.retentionDays', null, 'invalid_type'],
    ['a retention of half a day', 'tenant-settings', 'changes.retentionDays', 0.5, 'invalid_type'],
    ['a retention in words', 'tenant-settings', 'changes.retentionDays', 'long', 'invalid_type'],
    ['less than a day for receipts', 'tenant-settings', 'changes.receiptHours', 23, 'too_small'],
    ['an expiry at once', 'tenant-settings', 'changes.defaultTtlSeconds', 0, 'too_small'],
    ['an unknown setting', 'tenant-settings', 'changes.cursorSecret', 'x', 'unrecognized_keys'],
    ['an unknown operation of a batch', 'memory-batch', 'operations.0.op', 'batch', 'invalid_value'],
  ];

describe('a request', () => {
  for (const [title, name, path, value, code] of REFUSED) {
    it(`is refused for ${title}`, () => {
      const where = code === 'excludes_space' ? 'spaces' : path;
      assert.deepEqual(issuesOf(name, withValue(REQUESTS[name].full, path, value)), [{ path: where, code }]);
    });
  }

  it('may make each setting of a tenant the default one', () => {
    const names = Object.keys(DEFAULT_SETTINGS);
    accepted('tenant-settings', {
      tenant: 'acme',
      changes: Object.fromEntries(names.map((name) => [name, 'default'])),
    });
    for (const name of names) {
      const changes = { [name]: DEFAULT_SETTINGS[name as keyof typeof DEFAULT_SETTINGS] };
      accepted('tenant-settings', { tenant: 'acme', changes });
    }
  });

  it('may clear each optional field of a memory by null', () => {
    const optional = Object.keys(MEMORY).filter((key) => !['id', 'text', 'kind', 'occurredAt'].includes(key));
    const changes = Object.fromEntries(optional.map((key) => [key, null]));
    accepted('memory-update', { tenant: 'acme', id: 'm', changes });
  });

  const badIds = [
    '',
    '.',
    '..',
    '__x__',
    '__proto__',
    '____',
    'a/b',
    'a b',
    'a.b',
    '\u00e9',
    'a\n',
    5,
    ['a'],
  ];
  const ids: readonly [OperationName, string][] = [
    ['memory-add', 'tenant'],
    ['memory-add', 'space'],
    ['memory-add', 'memories.0.id'],
    ['memory-add', 'memories.0.sessionId'],
    ['memory-add', 'memories.0.agentId'],
    ['memory-get', 'id'],
    ['memory-search', 'spaces.1'],
    ['memory-update', 'changes.sessionId'],
    ['session-append', 'session'],
    ['space-create', 'id'],
    ['tenant-setMember', 'uid'],
  ];
  for (const [name, path] of ids) {
    it(`of ${name} has an id as its ${path}`, () => {
      for (const id of ['a', '-', '_', '__a', 'a__', 'A-b_9']) {
        accepted(name, withValue(REQUESTS[name].full, path, id));
      }
      for (const id of badIds) {
        const code = typeof id === 'string' ? 'invalid_id' : 'invalid_type';
        assert.deepEqual(issuesOf(name, withValue(REQUESTS[name].full, path, id)), [{ path, code }]);
      }
    });
  }

  const texts: readonly [OperationName, string][] = [
    ['memory-add', 'memories.0.text'],
    ['memory-add', 'memories.0.persona'],
    ['memory-add', 'memories.0.source'],
    ['memory-add', 'memories.0.tags.1'],
    ['memory-add', 'key'],
    ['memory-search', 'query'],
    ['memory-update', 'changes.text'],
    ['session-append', 'messages.0.text'],
    ['space-create', 'name'],
  ];
  for (const [name, path] of texts) {
    it(`of ${name} has no lone surrogate in its ${path}`, () => {
      accepted(name, withValue(REQUESTS[name].full, path, 'a\u{1f408}'));
      for (const text of ['\ud83d', 'a\udc08', '\udc08\ud83d', '\u{1f408}\ud83d']) {
        const issues = issuesOf(name, withValue(REQUESTS[name].full, path, text));
        assert.deepEqual(issues, [{ path, code: 'lone_surrogate' }]);
      }
    });
  }

  const times: readonly [text: string, isTime: boolean][] = [
    ['2024-02-29T00:00:00Z', true],
    ['2024-02-29T23:59:59.999999999Z', true],
    ['0001-01-01T00:00:00Z', true],
    ['9999-12-31T23:59:59.999Z', true],
    ['2024-01-01T00:00:00+00:00', false],
    ['2024-01-01T00:00:00', false],
    ['2024-01-01', false],
    ['2023-02-29T00:00:00Z', false],
    ['2024-01-01T24:00:00Z', false],
    ['2024-01-01T00:60:00Z', false],
    ['+010000-01-01T00:00:00Z', false],
    ['now', false],
    ['', false],
  ];
  for (const [text, isTime] of times) {
    it(`${isTime ? 'takes' : 'does not take'} "${text}" for a time`, () => {
      const request = withValue(REQUESTS['memory-add'].full, 'memories.0.occurredAt', text);
      if (isTime) accepted('memory-add', request);
      else
        assert.deepEqual(issuesOf('memory-add', request), [
          { path: 'memories.0.occurredAt', code: 'invalid_format' },
        ]);
    });
  }

  it('has no time before the first that Firestore can store', () => {
    const request = withValue(
      REQUESTS['memory-add'].full,
      'memories.0.occurredAt',
      '0000-12-31T23:59:59.999Z',
    );
    assert.deepEqual(issuesOf('memory-add', request), [{ path: 'memories.0.occurredAt', code: 'too_small' }]);
  });
});
