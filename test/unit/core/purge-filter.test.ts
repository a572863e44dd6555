import assert from 'node:assert/strict';
import type { MemoryPurgeRequest } from '../../../functions/src/contract/types.ts';
import { EVERYTHING, parseFilter } from '../../../functions/src/core/filter.ts';
import { parsePurgeFilter } from '../../../functions/src/core/purge-filter.ts';
import { ValidationError } from '../../../functions/src/errors.ts';

type PurgeFilter = MemoryPurgeRequest['filter'];

/** The issues for which a filter is refused. */
function issuesOf(filter: unknown): unknown {
  try {
    parsePurgeFilter(filter as PurgeFilter);
  } catch (error) {
    assert.ok(error instanceof ValidationError);
    assert.equal(error.details.reason, 'invalid-filter');
    return error.details.issues;
  }
  return assert.fail(`accepted: ${JSON.stringify(filter)}`);
}

describe('the filter of a purge', () => {
  const sound: PurgeFilter[] = [
    { kind: 'note' },
    { AND: [{ kind: 'note' }, { tags: 'old' }] },
    { OR: [{ kind: 'note' }, { NOT: { role: 'user' } }] },
    { 'metadata.all': true },
  ];
  for (const filter of sound) {
    it(`is that of a list: ${JSON.stringify(filter)}`, () => {
      assert.deepEqual(parsePurgeFilter(filter), parseFilter(filter));
    });
  }

  it('says everything by {"all":true} alone', () => {
    assert.deepEqual(parsePurgeFilter({ all: true }), EVERYTHING);
  });

  const empty = [{}, { AND: [{}] }, { OR: [{ kind: 'note' }, {}] }, { NOT: {} }, { NOT: { NOT: {} } }];
  for (const filter of empty) {
    it(`is refused where a part of it says nothing: ${JSON.stringify(filter)}`, () => {
      assert.deepEqual(issuesOf(filter), [{ path: 'filter', code: 'empty_filter' }]);
    });
  }

  const wrong: [unknown, string, string][] = [
    [{ AND: [] }, 'filter.AND', 'invalid_length'],
    [{ OR: [] }, 'filter.OR', 'invalid_length'],
    [{ all: false }, 'filter.all', 'unknown_field'],
    [{ all: 'true' }, 'filter.all', 'unknown_field'],
    [{ all: true, kind: 'note' }, 'filter.all', 'unknown_field'],
    [{ AND: [{ all: true }] }, 'filter.AND.0.all', 'unknown_field'],
    ['all', 'filter', 'invalid_type'],
    [[], 'filter', 'invalid_type'],
    [7, 'filter', 'invalid_type'],
  ];
  for (const [filter, path, code] of wrong) {
    it(`is refused as the grammar refuses it: ${JSON.stringify(filter)}`, () => {
      assert.deepEqual(issuesOf(filter), [{ path, code }]);
    });
  }
});
