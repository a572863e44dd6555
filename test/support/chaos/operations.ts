/** What may be done to a few memories of a space, by hand and by the callables, for the tests of random schedules. */
import fc from 'fast-check';
import { StorageError } from '../../../functions/src/errors.ts';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import type { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { callBy } from '../storage.ts';
import { byHand } from './by-hand.ts';

/** The memories, few of which so that they meet. */
export const IDS = ['a', 'b'] as const;

const id = fc.constantFrom(...IDS);
const text = fc.constantFrom('one', 'two', 'three');
const session = fc.option(fc.constantFrom('c', 'd'));

const byHands = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      by: fc.constant('hand'),
      does: fc.constant('write'),
      id,
      text,
      session,
      tags: fc.subarray(['x', 'y']),
      /** Whether it lacks nothing that the service fills in, and whether its time is over. */
      whole: fc.boolean(),
      expired: fc.option(fc.constant(true), { freq: 4 }),
    }),
  },
  // What the service wrote into the document stays there.
  {
    weight: 2,
    arbitrary: fc.record({ by: fc.constant('hand'), does: fc.constant('edit'), id, text, session }),
  },
  { weight: 2, arbitrary: fc.record({ by: fc.constant('hand'), does: fc.constant('delete'), id }) },
);

const called = fc.oneof(
  fc.record({ by: fc.constant('callable'), does: fc.constant('add'), id, text, session }),
  fc.record({ by: fc.constant('callable'), does: fc.constant('update'), id, text, session }),
  fc.record({ by: fc.constant('callable'), does: fc.constant('touch'), id }),
  fc.record({ by: fc.constant('callable'), does: fc.constant('delete'), id }),
  fc.record({
    by: fc.constant('callable'),
    does: fc.constant('restore'),
    id,
    version: fc.integer({ min: 1, max: 3 }),
  }),
);

/** Something that is done to a memory. */
export const operation = fc.oneof({ weight: 3, arbitrary: byHands }, { weight: 2, arbitrary: called });

/** Something that is done to a memory. */
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const turn = (name: string | null) =>
  name === null ? {} : ({ kind: 'message', role: 'user', sessionId: name } as const);

/** Does it; a callable that refuses has done nothing. Of a turn that is written by hand, a later one is of later. */
export async function perform(
  manager: FirestoreMemoryManager,
  paths: SpacePaths,
  operation: Operation,
  n: number,
): Promise<void> {
  if (!('by' in operation)) return;
  const memory = paths.memory(operation.id);
  if (operation.by === 'callable') return call(manager, operation);
  if (operation.does === 'delete') {
    // The emulator sends an event of the deletion of nothing too, which Firestore does not.
    if ((await memory.get()).exists) await memory.delete();
    return;
  }
  if (operation.does === 'edit') {
    if ((await memory.get()).exists)
      await memory.update({ text: operation.text, ...turn(operation.session) });
    return;
  }
  if (!('whole' in operation)) return;
  const { text, session, tags, whole, expired } = operation;
  const expiresAt = expired === null ? {} : { expiresAt: Timestamp.fromMillis(Date.now() - 1_000) };
  const document = { text, tags, ...turn(session), ...expiresAt };
  await memory.set(whole ? byHand(document, n + 1) : document);
}

async function call(manager: FirestoreMemoryManager, operation: Operation): Promise<void> {
  const ann = callBy('ann');
  const { id } = operation;
  const work = async () => {
    if (operation.does === 'delete') await manager.delete('space', { id }, ann);
    else if ('version' in operation) await manager.restore('space', { id, version: operation.version }, ann);
    else if (operation.does === 'touch')
      await manager.update('space', { id, changes: { importance: 1 } }, ann);
    else if ('text' in operation && operation.does === 'add') {
      const memories = [{ id, text: operation.text, ...turn(operation.session) }];
      await manager.add('space', { memories }, ann);
    } else if ('text' in operation) {
      const changes = { text: operation.text, ...turn(operation.session) };
      await manager.update('space', { id, changes }, ann);
    }
  };
  await work().catch((error: unknown) => {
    if (!(error instanceof StorageError) || error.code === 'internal') throw error;
  });
}
