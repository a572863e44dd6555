/** Commands as clients might write them: sound ones, and ones that differ from a sound one in one thing. */
import { deleteField, doc, type Firestore, serverTimestamp, setDoc, Timestamp } from 'firebase/firestore';
import type { Actor } from './world.ts';

/** A memory with every field, as large as a command of four of them may hold. */
function largest(index: number) {
  return {
    id: `m${index}`,
    text: 'é'.repeat(16_000),
    kind: 'fact',
    role: 'user',
    sessionId: 's',
    agentId: 'a',
    persona: 'p'.repeat(256),
    source: 's'.repeat(256),
    tags: Array.from({ length: 20 }, (_, n) => `${n}`.padEnd(64, '-')),
    metadata: index < 3 ? { [`a${index}`]: 'x'.repeat(500), b: 'y'.repeat(500) } : { c: true, d: null },
    importance: 1,
    occurredAt: '2026-03-01T12:00:00Z',
    expiresAt: '2027-03-01T12:00:00Z',
  };
}

const four = [0, 1, 2, 3].map(largest);
const messages = four.map((message) => ({ ...message, kind: 'message' }));
const { id: _, ...largestChanges } = largest(0);
const changes = {
  text: 'otherwise',
  tags: null,
  metadata: null,
  importance: null,
  role: null,
  expiresAt: null,
};

/** The input of each operation at its largest. */
export const LARGEST: { readonly [op: string]: object } = {
  'memory.add': { memories: four, dedupe: 'off' },
  'session.append': { session: 's', messages },
  'memory.update': { id: 'm', changes: largestChanges, ifVersion: 3 },
  'memory.delete': { id: 'm', ifVersion: 3 },
};
/** Sound inputs, small ones. */
export const SOUND: readonly (readonly [op: string, input: object])[] = [
  ['memory.add', { memories: [{ text: 'one' }] }],
  ['memory.add', { memories: [{ text: 'one', expiresAt: null, ttlSeconds: 60 }], dedupe: 'exact' }],
  ['memory.add', { memories: [{ text: 'one', tags: ['a', 'b'], metadata: { n: 1.5, m: -2, t: true } }] }],
  [
    'memory.add',
    { memories: ['a', 'b', 'c', 'd'].map((key) => ({ text: 'one', metadata: { [key]: 's', z: 't' } })) },
  ],
  ['session.append', { session: 's', messages: [{ role: 'user', text: 'hello' }] }],
  ['memory.update', { id: 'm', changes }],
  ['memory.update', { id: 'm', changes: { tags: ['a'], importance: 0.5, metadata: { a: 'b' } } }],
  ['memory.delete', { id: 'm' }],
];

const memory = (fields: object) => ({ input: { memories: [{ text: 'one', ...fields }] } });
const update = (fields: object) => ({ op: 'memory.update', input: { id: 'm', changes: fields } });
const append = (input: object) => ({ op: 'session.append', input });

/**
 * What differs from a sound `memory.add`, by the words after "that". Every one of them would be a fault of the
 * command; the server is the one who says so where the rules do not.
 */
export const HOSTILE: { readonly [that: string]: object } = {
  '[21] has no op': { op: deleteField() },
  '[21] has no input': { input: deleteField() },
  '[21] has no author': { createdBy: deleteField() },
  '[21] has no time': { createdAt: deleteField() },
  '[21] has no state': { state: deleteField() },
  '[21] has one more key': { result: {} },
  '[21] names another author': { createdBy: 'owner' },
  '[21] has the clock of the client': { createdAt: Timestamp.now() },
  '[21] is done': { state: 'done' },
  'has a text of 35,001 bytes': memory({ text: 'é'.repeat(17_501) }),
  'has an unknown op': { op: 'memory.purge' },
  'has an op of another type': { op: 1 },
  'has an input of another type': { input: 'text' },
  'names a tenant': { input: { memories: [{ text: 'one' }], tenant: 'ab' } },
  'names a key': { input: { memories: [{ text: 'one' }], key: 'k' } },
  'has an odd dedupe': { input: { memories: [{ text: 'one' }], dedupe: 'fuzzy' } },
  'has no memory': { input: { memories: [] } },
  'has five memories': { input: { memories: Array(5).fill({ text: 'one' }) } },
  'has a map of memories': { input: { memories: { text: 'one' } } },
  'has a memory that is no map': { input: { memories: ['one'] } },
  'has a memory with an unknown key': memory({ version: 7 }),
  'has an unknown key in its second memory': { input: { memories: [{ text: 'a' }, { text: 'b', x: 1 }] } },
  'has an unknown key in its third memory': {
    input: { memories: [{ text: 'a' }, { text: 'b' }, { text: 'c', x: 1 }] },
  },
  'has an unknown key in its fourth memory': {
    input: { memories: [...Array(3).fill({ text: 'a' }), { text: 'b', x: 1 }] },
  },
  'has a text that is a map': memory({ text: { a: 1 } }),
  'has a kind that is a list': memory({ kind: ['fact'] }),
  'has tags that are a string': memory({ tags: 'one' }),
  'has a tag that is a map': memory({ tags: [{ a: 1 }] }),
  'has an importance above one': memory({ importance: 2 }),
  'has an importance that is a string': memory({ importance: '1' }),
  'lives for no time': memory({ ttlSeconds: 0 }),
  'has metadata that is a list': memory({ metadata: ['a'] }),
  'has nine values of metadata': {
    input: {
      memories: ['a', 'b', 'c'].map((key) => ({ text: 'x', metadata: { [key]: 1, d: 2, e: 3 } })),
    },
  },
  'has a time in metadata': memory({ metadata: { a: Timestamp.now() } }),
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, place) => [
      `has a long string in place ${place} of its metadata`,
      memory({
        metadata: Object.fromEntries(
          Array.from({ length: 8 }, (_, n) => [`k${n}`, n === place ? 'x'.repeat(501) : 'short']),
        ),
      }),
    ]),
  ),
  'appends without a session': append({ messages: [{ role: 'user', text: 'hi' }] }),
  'appends to a session that is no id': append({ session: 'a/b', messages: [{ role: 'user', text: 'hi' }] }),
  'appends with one more key': append({ session: 's', messages: [{ role: 'user', text: 'hi' }], x: 1 }),
  'appends a message with one more key': append({
    session: 's',
    messages: [{ role: 'user', text: 'hi', createdBy: 'ann' }],
  }),
  'updates without an id': { op: 'memory.update', input: { changes: { text: 'one' } } },
  'updates an id that is none': { op: 'memory.update', input: { id: '__all__', changes: { text: 'one' } } },
  'updates a version that is none': {
    op: 'memory.update',
    input: { id: 'm', changes: { text: 'one' }, ifVersion: 'latest' },
  },
  'updates with one more key': { op: 'memory.update', input: { id: 'm', changes: {}, key: 'k' } },
  'updates an unknown field': update({ createdBy: 'owner' }),
  'updates to 35,001 bytes': update({ text: 'é'.repeat(17_501) }),
  'updates tags to 35,001 bytes': update({ tags: ['é'.repeat(17_501)] }),
  'updates tags to a map': update({ tags: { a: 1 } }),
  'updates importance to more than one': update({ importance: 1.5 }),
  'updates for no time': update({ ttlSeconds: -1 }),
  'updates metadata to something deep': update({ metadata: { a: { b: 1 } } }),
  'updates metadata to many values': update({
    metadata: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, n])),
  }),
  'deletes with one more key': { op: 'memory.delete', input: { id: 'm', filter: {} } },
};

/** The same, of 200 KB each; apart, because the emulator's report on the rules repeats every value. */
export const TOO_LARGE: { readonly [that: string]: object } = {
  '[21] is of 200 KB in one text': memory({ text: 'x'.repeat(200_000) }),
  '[21] is of 200 KB in seven texts': { input: { memories: Array(7).fill({ text: 'x'.repeat(30_000) }) } },
  '[21] is of 200 KB in a tag': memory({ tags: ['x'.repeat(200_000)] }),
  '[21] is of 200 KB in tags': memory({ tags: Array(1_000).fill('x'.repeat(200)) }),
  '[21] is of 200 KB in empty tags': memory({ tags: Array(200_000).fill('') }),
  '[21] is of 200 KB in metadata': memory({ metadata: { a: 'x'.repeat(200_000) } }),
  '[21] is of 200 KB deep in metadata': memory({ metadata: { a: { b: 'x'.repeat(200_000) } } }),
  '[21] is of 200 KB in a list of metadata': memory({ metadata: { a: Array(1_000).fill('x'.repeat(200)) } }),
  '[21] is of 200 KB in keys of metadata': memory({
    metadata: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`${n}`.padEnd(1_000, 'x'), null])),
  }),
  '[21] is of 200 KB in a label': memory({ persona: 'x'.repeat(200_000) }),
  '[21] is of 200 KB in a list that is also its tags': memory(
    Object.fromEntries(
      ['id', 'kind', 'role', 'agentId', 'persona', 'source', 'tags'].map((key) => [
        key,
        ['x'.repeat(30_000)],
      ]),
    ),
  ),
  '[21] is of 200 KB in a map that is also its metadata': memory(
    Object.fromEntries(
      ['id', 'kind', 'role', 'agentId', 'persona', 'source', 'metadata'].map((key) => [
        key,
        Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`${n}`.padEnd(1_400, 'k'), null])),
      ]),
    ),
  ),
  '[21] is of 200 KB in an id': { op: 'memory.delete', input: { id: 'x'.repeat(200_000) } },
  '[21] is of 200 KB in a change': update({ text: 'x'.repeat(200_000) }),
};

/** A sound command of this author. */
export function commandOf(author: Actor, overrides: object = {}) {
  const sound = {
    op: 'memory.add',
    input: { memories: [{ text: 'later' }] },
    createdBy: author,
    createdAt: serverTimestamp(),
    state: 'queued',
  };
  const entries = Object.entries({ ...sound, ...overrides });
  // A fresh document cannot have a field deleted: it never gets it.
  return Object.fromEntries(entries.filter(([, value]) => !isDeletion(value)));
}

function isDeletion(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    '_methodName' in value &&
    value._methodName === 'deleteField'
  );
}

/** Queues a command of this author; with no id named, under one that was never used. */
export function queue(
  db: Firestore,
  space: string,
  author: Actor,
  overrides: object = {},
  id: string = crypto.randomUUID(),
): Promise<void> {
  return setDoc(doc(db, `tenants/${space}/inbox/${id}`), commandOf(author, overrides));
}
