import assert from 'node:assert/strict';
import type { Filter } from '../../../functions/src/contract/types.ts';
import { parseFilter } from '../../../functions/src/core/filter.ts';
import { documentVector, SEMANTIC_DIMENSIONS } from '../../../functions/src/core/joined-vector.ts';
import { VECTOR_QUERIES, vectorConditions } from '../../../functions/src/search/vector-queries.ts';

const filters: readonly Filter[] = [
  {},
  { sessionId: 's' },
  { tags: 't' },
  { kind: 'fact' },
  { kind: 'fact', sessionId: 's', tags: 't' },
  { OR: [{ kind: 'fact' }, { kind: 'note' }] },
  { importance: { gt: 0.5 } },
];

describe('the table of vector queries', () => {
  for (const filter of filters) {
    it(`has one index for the conditions of ${JSON.stringify(filter)}`, () => {
      const conditions = vectorConditions(parseFilter(filter), 'model').map(({ field }): string => field);
      const indexes = VECTOR_QUERIES.filter(({ fields }) => {
        const before = fields.slice(0, -1).map(({ fieldPath }) => fieldPath);
        return JSON.stringify(before) === JSON.stringify(conditions);
      });
      assert.equal(indexes.length, 1);
    });
  }

  it('has the dimension of the stored vectors', () => {
    const { length } = documentVector(new Map(), 0, new Array<number>(SEMANTIC_DIMENSIONS).fill(1));
    const dimensions = VECTOR_QUERIES.map(({ fields }) => {
      const last = fields.at(-1);
      return last !== undefined && 'vectorConfig' in last ? last.vectorConfig.dimension : null;
    });
    assert.deepEqual([...new Set(dimensions)], [length]);
  });
});
