import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AgentRecord, Json } from '../../../functions/src/contract/types.ts';
import { StorageError } from '../../../functions/src/errors.ts';
import { decodeRecord, encodeRecord, isStored } from '../../../functions/src/storage/agent-data-codec.ts';
import type { DocumentSnapshot } from '../../../functions/src/storage/database.ts';
import { toTimestamp } from '../../../functions/src/storage/memory-codec.ts';

const PLACE = { tenantId: 't', spaceId: 's' };
const CREATED = '2026-03-01T12:00:00.000Z';
const ENDS = '2026-03-02T12:00:00.000Z';

function recordWith(content: Json): AgentRecord {
  const record = { id: 'r', tenant: 't', space: 's', agentId: 'planner', type: 'plan', metadata: { n: 1 } };
  return { ...record, content, createdAt: CREATED, expiresAt: ENDS, createdBy: 'ann' };
}

/** What the codec sees of a document with these fields, or of none. */
function snapshotOf(data: Record<string, unknown> | undefined, id = 'r'): DocumentSnapshot {
  const snapshot = { id, exists: data !== undefined, data: () => data, get: (name: string) => data?.[name] };
  return snapshot as unknown as DocumentSnapshot;
}

const isDamaged = (error: unknown) =>
  error instanceof StorageError &&
  error.code === 'data-loss' &&
  error.details.reason === 'damaged-document' &&
  error.details.collection === 'agentData';

describe('a stored record', () => {
  it('comes back as it was, whatever JSON its content is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' }), (value) => {
        const sent = JSON.parse(JSON.stringify(value)) as Json;
        assert.deepEqual(decodeRecord(snapshotOf(encodeRecord(recordWith(sent))), PLACE), recordWith(sent));
      }),
    );
  });

  it('keeps names that Firestore or JavaScript reserve, as names', () => {
    const sent = JSON.parse('{"__x__":1,"__proto__":{"polluted":true},"constructor":{}}') as Json;
    const decoded = decodeRecord(snapshotOf(encodeRecord(recordWith(sent))), PLACE);
    assert.equal(JSON.stringify(decoded?.content), JSON.stringify(sent));
    assert.equal(Object.getPrototypeOf(decoded?.content), Object.prototype);
  });

  it('holds its content as one string, and neither id nor place', () => {
    assert.deepEqual(encodeRecord(recordWith([[1]])), {
      agentId: 'planner',
      type: 'plan',
      content: '[[1]]',
      metadata: { n: 1 },
      createdAt: toTimestamp(CREATED),
      expiresAt: toTimestamp(ENDS),
      createdBy: 'ann',
    });
  });

  const damages: [string, Record<string, unknown>][] = [
    ['content that is no JSON', { content: '{' }],
    ['content that is no string', { content: { a: 1 } }],
    ['content that is too large', { content: JSON.stringify('a'.repeat(300_000)) }],
    ['no agent', { agentId: undefined }],
    ['a type that is none', { type: '' }],
    ['a time as text', { createdAt: CREATED }],
    ['an expiry as text', { expiresAt: ENDS }],
  ];
  for (const [what, change] of damages) {
    it(`is damaged with ${what}, and is not guessed at`, () => {
      const whole = encodeRecord(recordWith(1));
      assert.deepEqual(decodeRecord(snapshotOf(whole), PLACE), recordWith(1));
      assert.throws(() => decodeRecord(snapshotOf({ ...whole, ...change }), PLACE), isDamaged);
    });
  }

  it('is absent where there is no document, and once its time is over', () => {
    const whole = encodeRecord(recordWith(1));
    const ends = Date.parse(ENDS);
    assert.equal(decodeRecord(snapshotOf(undefined), PLACE), null);
    assert.equal(isStored(snapshotOf(undefined), ends), false);
    assert.equal(isStored(snapshotOf(whole), ends - 1), true);
    assert.equal(isStored(snapshotOf(whole), ends), false);
    assert.equal(isStored(snapshotOf({ ...whole, expiresAt: null }), ends), true);
  });
});
