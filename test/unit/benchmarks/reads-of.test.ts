import assert from 'node:assert/strict';
import { readsOf } from '../../../benchmarks/retrieval/callables.ts';

describe('the reads in the log of memory-search', () => {
  const line = (record: object) => JSON.stringify({ severity: 'DEBUG', message: 'storage', ...record });

  it('are those of the search', () => {
    assert.equal(readsOf(line({ operation: 'memory.search', code: 'ok', reads: 121, writes: 0 })), 121);
  });

  it('are not a number where the Admin SDK does not let itself be counted', () => {
    assert.ok(Number.isNaN(readsOf(line({ operation: 'memory.search', code: 'ok' }))));
  });

  it('are none of another operation, and of what is no record', () => {
    assert.equal(readsOf(line({ operation: 'tenant.admit', reads: 3 })), null);
    assert.equal(readsOf(line({ operation: 'x', of: 'memory.search', reads: 3 })), null);
    assert.equal(readsOf('Serving function...'), null);
  });
});
