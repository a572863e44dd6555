import assert from 'node:assert/strict';
import { GeoPoint, Timestamp } from 'firebase/firestore';
import { memoryFromDocument } from '../../../client/src/stored-memory.ts';

const PLACE = { tenant: 'acme', space: 'ana', id: 'm1' };
const NOON = Timestamp.fromDate(new Date('2026-03-01T12:00:00.125Z'));

const stored = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  kind: 'message',
  text: 'No nuts, please.',
  role: 'user',
  sessionId: 'chat',
  tags: ['food'],
  metadata: { ref: 'S1:3', nested: { list: [1, null, true] } },
  importance: 0.5,
  occurredAt: NOON,
  createdAt: NOON,
  updatedAt: NOON,
  expiresAt: null,
  createdBy: 'ana',
  version: 1,
  ...changes,
});

function without(name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(stored()).filter(([key]) => key !== name));
}

describe('memoryFromDocument', () => {
  it('reads a stored memory in the form of the wire, its place from the path', () => {
    const time = '2026-03-01T12:00:00.125Z';
    assert.deepEqual(memoryFromDocument(PLACE, stored()), {
      ...PLACE,
      kind: 'message',
      text: 'No nuts, please.',
      role: 'user',
      sessionId: 'chat',
      tags: ['food'],
      metadata: { ref: 'S1:3', nested: { list: [1, null, true] } },
      importance: 0.5,
      occurredAt: time,
      createdAt: time,
      updatedAt: time,
      expiresAt: null,
      createdBy: 'ana',
      version: 1,
    });
  });

  it('keeps an expiry and leaves out optional fields that are absent', () => {
    const { role, sessionId, ...rest } = stored({ expiresAt: NOON });
    const memory = memoryFromDocument(PLACE, rest);
    assert.equal(memory?.expiresAt, '2026-03-01T12:00:00.125Z');
    assert.equal(memory !== null && 'role' in memory, false);
  });

  it('does not let internal fields or a forged place through', () => {
    const internal = { seq: 7, change: 'update', changedBy: 'bob', tenant: 'other', id: 'x', extra: 1 };
    assert.deepEqual(memoryFromDocument(PLACE, stored(internal)), memoryFromDocument(PLACE, stored()));
  });

  for (const name of Object.keys(stored()).filter((field) => field !== 'role' && field !== 'sessionId')) {
    it(`leaves out a document without ${name}`, () => {
      assert.equal(memoryFromDocument(PLACE, without(name)), null);
    });
  }

  const flaws: [string, unknown][] = [
    ['kind', 'Not A Kind'],
    ['text', ' '],
    ['text', 7],
    ['role', 'god'],
    ['sessionId', 3],
    ['tags', 'food'],
    ['tags', [1]],
    ['metadata', []],
    ['metadata', { when: NOON }],
    ['metadata', { deep: [{ where: new GeoPoint(1, 2) }] }],
    ['metadata', { n: Number.NaN }],
    ['importance', 1.5],
    ['importance', Number.NaN],
    ['createdAt', '2026-03-01T12:00:00.125Z'],
    ['expiresAt', 'never'],
    ['createdBy', ''],
    ['version', 0],
    ['version', 1.5],
  ];
  for (const [name, value] of flaws) {
    it(`leaves out a document whose ${name} is ${JSON.stringify(value)}`, () => {
      assert.equal(memoryFromDocument(PLACE, stored({ [name]: value })), null);
    });
  }

  it('leaves out what is no map at all', () => {
    for (const fields of [undefined, null, 7, [], NOON])
      assert.equal(memoryFromDocument(PLACE, fields), null);
  });
});
