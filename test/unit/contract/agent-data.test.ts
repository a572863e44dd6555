import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LIMITS } from '../../../functions/src/config.ts';
import {
  agentDataAddRequest,
  agentDataDeleteRequest,
  agentDataGetRequest,
  agentDataListRequest,
  content,
} from '../../../functions/src/contract/agent-data.ts';
import { parseRequest } from '../../../functions/src/contract/parse.ts';
import { ValidationError } from '../../../functions/src/errors.ts';

const sound = { tenant: 't', agentId: 'planner', type: 'tool.result', content: { steps: [1, [2]] } };

/** The issues that a request is refused with, each as `path: code`. */
function issuesOf(schema: Parameters<typeof parseRequest>[0], request: unknown): string[] {
  try {
    parseRequest(schema, request);
  } catch (error) {
    assert.ok(error instanceof ValidationError);
    return (error.details.issues ?? []).map(({ path, code }) => `${path}: ${code}`);
  }
  return [];
}

/** A value of this many levels: lists in lists, or objects in objects. */
function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

describe('the request of agentData-add', () => {
  it('takes any JSON as content, null and lists in lists included', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10, stringUnit: 'binary' }), (value) => {
        assert.deepEqual(parseRequest(agentDataAddRequest, { ...sound, content: value }).content, value);
      }),
    );
    assert.deepEqual(issuesOf(agentDataAddRequest, { ...sound, content: null }), []);
  });

  it('takes content up to the limit and not a byte more, escapes and characters counted as they are sent', () => {
    const { MAX_CONTENT_BYTES } = LIMITS;
    const units: [string, number][] = [
      ['a', 1],
      ['é', 2],
      ['"', 2],
      ['\n', 2],
    ];
    for (const [unit, bytes] of units) {
      const most = unit.repeat((MAX_CONTENT_BYTES - 2) / bytes);
      assert.equal(content.safeParse(most).success, true, unit);
      assert.deepEqual(issuesOf(agentDataAddRequest, { ...sound, content: `${most}a` }), [
        'content: too_big',
      ]);
    }
  });

  it('takes 20 levels of content and not one more, of lists and of objects', () => {
    for (const wrap of [(inner: unknown) => [inner], (inner: unknown) => ({ inner })]) {
      const request = (levels: number) => ({ ...sound, content: nested(levels, wrap) });
      assert.deepEqual(issuesOf(agentDataAddRequest, request(LIMITS.MAX_CONTENT_DEPTH)), []);
      assert.deepEqual(issuesOf(agentDataAddRequest, request(LIMITS.MAX_CONTENT_DEPTH + 1)), [
        'content: too_deep',
      ]);
    }
    // The body itself and its data are two levels more.
    assert.ok(LIMITS.MAX_CONTENT_DEPTH + 2 < LIMITS.MAX_BODY_DEPTH);
  });

  it('takes an expiry, a lifetime, or null for never', () => {
    for (const said of [{}, { expiresAt: '2030-01-01T00:00:00Z' }, { expiresAt: null }, { ttlSeconds: 1 }]) {
      assert.deepEqual(issuesOf(agentDataAddRequest, { ...sound, ...said }), []);
    }
    const both = { expiresAt: null, ttlSeconds: 1 };
    assert.deepEqual(issuesOf(agentDataAddRequest, { ...sound, ...both }), [
      'ttlSeconds: excludes_expires_at',
    ]);
  });

  const itself: unknown[] = [];
  itself.push(itself);
  const refused: [string, Record<string, unknown>, string][] = [
    ['no content', { content: undefined }, 'content: invalid_type'],
    ['content that is no JSON', { content: { a: () => 0 } }, 'content: invalid_type'],
    ['a number that JSON cannot hold', { content: [Number.NaN] }, 'content: not_finite'],
    ['half a character', { content: { a: '\ud800' } }, 'content: lone_surrogate'],
    ['half a character in a name', { content: { '\udc00': 1 } }, 'content: lone_surrogate'],
    ['content that holds itself', { content: itself }, 'content: too_deep'],
    ['no agent', { agentId: undefined }, 'agentId: invalid_type'],
    ['an agent that is no id', { agentId: 'a/b' }, 'agentId: invalid_id'],
    ['a type that begins with a digit', { type: '1' }, 'type: invalid_format'],
    ['a type of 65 characters', { type: 'a'.repeat(65) }, 'type: invalid_format'],
    ['metadata with an array in an array', { metadata: { a: [[1]] } }, 'metadata: nested_array'],
    ['a time that is none', { expiresAt: 'tomorrow' }, 'expiresAt: invalid_format'],
    ['a lifetime of nothing', { ttlSeconds: 0 }, 'ttlSeconds: too_small'],
    ['two expiries', { expiresAt: '2030-01-01T00:00:00Z', ttlSeconds: 1 }, 'ttlSeconds: excludes_expires_at'],
    ['a key that is empty', { key: '' }, 'key: too_small'],
    ['an id of its own', { id: 'chosen' }, 'id: unrecognized_keys'],
  ];
  for (const [what, change, issue] of refused) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(issuesOf(agentDataAddRequest, sound), []);
      assert.deepEqual(issuesOf(agentDataAddRequest, { ...sound, ...change }), [issue]);
    });
  }
});

describe('the other requests of agentData', () => {
  it('refuse keys that they do not know, and take the same without them', () => {
    const cases: [Parameters<typeof parseRequest>[0], Record<string, unknown>][] = [
      [agentDataGetRequest, { tenant: 't', space: 's', id: 'r' }],
      [agentDataListRequest, { tenant: 't', agentId: 'a', type: 'x', limit: 100, cursor: 'c' }],
      [agentDataDeleteRequest, { tenant: 't', id: 'r', key: 'k' }],
    ];
    for (const [schema, request] of cases) {
      assert.deepEqual(issuesOf(schema, request), []);
      assert.deepEqual(issuesOf(schema, { ...request, extra: 1 }), ['extra: unrecognized_keys']);
    }
    assert.deepEqual(issuesOf(agentDataListRequest, { tenant: 't', limit: 101 }), ['limit: too_big']);
  });
});
