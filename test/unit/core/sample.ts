/** Memories to decide about: one of the usual kind, and any at all. */
import fc from 'fast-check';
import type { Memory } from '../../../functions/src/contract/types.ts';

/** The time at which these tests happen. */
export const NOW = Date.parse('2024-06-01T12:00:00.000Z');

/** A memory with nothing special about it but what is asked for. */
export function memoryOf(overrides: Partial<Memory> = {}): Memory {
  return {
    id: 'memory-1',
    tenant: 'acme',
    space: 'ann',
    kind: 'fact',
    text: 'The cat is called Tom.',
    tags: [],
    metadata: {},
    importance: 0.5,
    occurredAt: '2024-05-01T08:00:00.000Z',
    createdAt: '2024-05-02T08:00:00.000Z',
    updatedAt: '2024-05-02T08:00:00.000Z',
    expiresAt: null,
    createdBy: 'ann',
    version: 1,
    ...overrides,
  };
}

const time = fc.constantFrom(
  '2023-12-31T23:59:59.999Z',
  '2024-01-01T00:00:00.000Z',
  '2024-01-01T00:00:00.001Z',
  '2024-06-01T12:00:00.000Z',
);
const word = fc.constantFrom('a', 'b', 'ab', 'Oslo', 'é');
const leaf = fc.oneof(word, fc.constantFrom(0, 1, 2.5, -0), fc.boolean(), fc.constant(null));

/** Any memory, of values few enough for two of them, or a filter and a memory, to meet often. */
export const anyMemory: fc.Arbitrary<Memory> = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c'),
    tenant: fc.constant('acme'),
    space: fc.constant('ann'),
    kind: fc.constantFrom('fact', 'message', 'note'),
    text: fc.constantFrom('a', 'ab', 'Oslo by night', 'é'),
    role: fc.constantFrom('user' as const, 'assistant' as const),
    sessionId: word.filter((value) => value !== 'é'),
    agentId: fc.constantFrom('a', 'b'),
    persona: word,
    source: word,
    tags: fc.uniqueArray(word, { maxLength: 3 }),
    metadata: fc.dictionary(
      fc.constantFrom('city', 'n', 'place', 'toString'),
      fc.oneof(
        leaf,
        fc.array(leaf, { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('city', 'n'), leaf, { noNullPrototype: true }),
      ),
      { maxKeys: 3, noNullPrototype: true },
    ),
    importance: fc.constantFrom(0, 0.5, 1),
    occurredAt: time,
    createdAt: time,
    updatedAt: time,
    expiresAt: fc.option(time),
    createdBy: fc.constantFrom('a', 'b'),
    version: fc.constantFrom(1, 2, 3),
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'id',
      'tenant',
      'space',
      'kind',
      'text',
      'tags',
      'metadata',
      'importance',
      'occurredAt',
      'createdAt',
      'updatedAt',
      'expiresAt',
      'createdBy',
      'version',
    ],
  },
);
