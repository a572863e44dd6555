import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRequest } from '../../../functions/src/contract/parse.ts';
import type { OperationName } from '../../../functions/src/contract/types.ts';
import { ValidationError } from '../../../functions/src/errors.ts';
import { issuesOf } from './refusal.ts';
import { REQUESTS, withValue } from './requests.ts';

const NAMES = Object.keys(REQUESTS) as OperationName[];
const SECRET = 'correct horse battery staple';

/** Parses and returns what a caller would be told, or null if the request passes. */
function told(name: OperationName, request: unknown): string | null {
  try {
    parseRequest(REQUESTS[name].schema, request);
    return null;
  } catch (error) {
    assert.ok(error instanceof ValidationError, `${name}: ${String(error)}`);
    assert.equal(error.cause, undefined);
    return JSON.stringify([error.message, error.details, error]);
  }
}

/** The paths of all values in a request. */
function paths(value: unknown, path: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path.join('.')];
  const inner = Object.entries(value).flatMap(([key, each]) => paths(each, [...path, key]));
  return path.length === 0 ? inner : [path.join('.'), ...inner];
}

describe('the parser of requests', () => {
  for (const name of NAMES) {
    it(`throws nothing but a ValidationError, whatever comes for ${name}`, () => {
      const { full } = REQUESTS[name];
      const places = paths(full);
      const json = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.anything({ maxDepth: 3 }));
      fc.assert(fc.property(json, (value) => void told(name, value)));
      if (places.length === 0) return;
      fc.assert(
        fc.property(fc.constantFrom(...places), json, (path, value) => {
          // The value may be one that cannot be copied, so it is put into a copy.
          const without = withValue(full, path, 0);
          void told(name, withValueOf(without, path, value));
        }),
      );
    });

    it(`never repeats a value or an odd key of a refused ${name}`, () => {
      const { full } = REQUESTS[name];
      for (const path of paths(full)) {
        for (const value of [SECRET, [SECRET], { [SECRET]: SECRET }, { a: { b: { c: { d: SECRET } } } }]) {
          const answer = told(name, withValue(full, path, value));
          assert.ok(answer === null || !answer.includes(SECRET), answer ?? '');
        }
      }
      const extra = told(name, withValue(full, SECRET, SECRET));
      assert.ok(extra !== null && !extra.includes(SECRET), extra ?? '');
    });
  }

  it('names plain keys and stands a question mark for others', () => {
    const request = { ...REQUESTS['memory-get'].full, plain_Key: 1, 'odd key': 2, [`x${'y'.repeat(64)}`]: 3 };
    assert.deepEqual(issuesOf('memory-get', request), [
      { path: 'plain_Key', code: 'unrecognized_keys' },
      { path: '?', code: 'unrecognized_keys' },
      { path: '?', code: 'unrecognized_keys' },
    ]);
  });

  it('tells of all that is wrong, but of no more than 50 things', () => {
    const memories = new Array(100).fill({ text: '', importance: 2 });
    const issues = issuesOf('memory-add', { tenant: '..', memories });
    assert.equal(issues.length, 50);
    assert.deepEqual(issues.slice(0, 3), [
      { path: 'tenant', code: 'invalid_id' },
      { path: 'memories.0.text', code: 'too_small' },
      { path: 'memories.0.text', code: 'blank' },
    ]);
  });

  it('has a short message however much is wrong', () => {
    const extra = Object.fromEntries(Array.from({ length: 5_000 }, (_, place) => [`key${place}`, 1]));
    try {
      parseRequest(REQUESTS['memory-get'].schema, { ...REQUESTS['memory-get'].full, ...extra });
      assert.fail('not refused');
    } catch (error) {
      assert.ok(error instanceof ValidationError);
      assert.ok(error.message.length < 500);
      assert.match(error.message, /and 4995 more/);
    }
  });

  it('gives the code of a rule that has one, and invalid_type to a rule that has none', () => {
    assert.deepEqual(issuesOf('memory-list', { tenant: 'a/b', filter: null }), [
      { path: 'tenant', code: 'invalid_id' },
      { path: 'filter', code: 'invalid_type' },
    ]);
  });
});

/** Sets a value that structuredClone could not copy. */
function withValueOf(request: object, path: string, value: unknown): object {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = request as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  at[last] = value;
  return request;
}
