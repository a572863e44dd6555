import assert from 'node:assert/strict';
import { DEFAULT_SETTINGS, DEFAULTS } from '../../../functions/src/config.ts';
import { historyEnd, keepingOf } from '../../../functions/src/storage/keeping.ts';

describe('what is kept', () => {
  it('is kept for as long as the settings say', () => {
    assert.deepEqual(keepingOf({ receiptHours: 2, retentionDays: 3 }), {
      receiptMs: 2 * 3_600_000,
      retentionMs: 3 * 24 * 3_600_000,
    });
    assert.deepEqual(keepingOf(DEFAULT_SETTINGS), {
      receiptMs: DEFAULTS.RECEIPT_MS,
      retentionMs: DEFAULTS.RETENTION_MS,
    });
  });

  it('of a deleted memory is kept for the retention, but not beyond its own expiry', () => {
    const end = (expiresAt: string | null) => historyEnd({ expiresAt }, 1_000, { retentionMs: 60_000 });
    assert.equal(end(null), 61_000);
    assert.equal(end(new Date(61_001).toISOString()), 61_000);
    assert.equal(end(new Date(60_999).toISOString()), 60_999);
  });
});
