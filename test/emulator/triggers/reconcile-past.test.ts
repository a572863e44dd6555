/** Claims and markers of what was changed or deleted by hand go, whoever else leaves, or changes it, at the same time. */
import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { type ByHand, byHand } from '../../support/chaos/by-hand.ts';
import { meetBeforeCommit } from '../../support/chaos/meeting.ts';
import { sideBySide } from '../../support/chaos/side-by-side.ts';
import { differences } from '../../support/differences.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = callBy('ann');
const turn = { kind: 'message', role: 'user', sessionId: 'c' } as const;
const other = { ...turn, sessionId: 'd' } as const;

const reconcile = ({ tenantId, spaceId }: SpacePaths, memoryId: string) =>
  reconcileMemory(testDatabase(), embedder, { tenantId, spaceId, memoryId });

/** A space with memories that were written by hand and reconciled. */
async function scene(memories: Readonly<Record<string, ByHand>>) {
  const { manager, tenantId } = openManager();
  const paths = spaceOf(tenantId, 'space');
  for (const [id, memory] of Object.entries(memories)) {
    await paths.memory(id).set(byHand(memory));
    await reconcile(paths, id);
  }
  assert.deepEqual(await differences(paths, { exact: true }), []);
  return { manager, paths };
}

async function deleteByHand(paths: SpacePaths, ids: readonly string[]): Promise<void> {
  const batch = testDatabase().batch();
  for (const id of ids) batch.delete(paths.memory(id));
  await batch.commit();
}

/** Reconciles so many memories that each has read before one of them commits. */
async function reconcileTogether(paths: SpacePaths, ids: readonly string[]): Promise<void> {
  const undo = meetBeforeCommit(testDatabase(), ids.length);
  try {
    await Promise.all(ids.map((id) => reconcile(paths, id)));
  } finally {
    undo();
  }
}

describe('what memories leave behind that go by hand at the same time', () => {
  it('is no marker, where they are the last turns of a session', async () => {
    const { paths } = await scene({ a: { text: 'one', ...turn }, b: { text: 'two', ...turn } });
    await deleteByHand(paths, ['a', 'b']);
    await reconcileTogether(paths, ['a', 'b']);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('is no claim, where one would have handed it to the other', async () => {
    const { paths } = await scene({ a: { text: 'the same' }, b: { text: 'the same' } });
    await deleteByHand(paths, ['a', 'b']);
    await reconcileTogether(paths, ['a', 'b']);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('is the marker and the claim of one that stays', async () => {
    const same = { text: 'the same', ...turn };
    const { paths } = await scene({ a: same, b: same, c: same });
    await deleteByHand(paths, ['a', 'c']);
    await reconcileTogether(paths, ['a', 'c']);
    assert.deepEqual(await differences(paths, { exact: true }), []);
    const claims = await paths.space.collection('claims').get();
    assert.deepEqual(
      claims.docs.map((claim) => claim.get('memoryId')),
      ['b'],
    );
  });

  it('is nothing of a long session that is deleted whole', async function () {
    this.timeout(60_000);
    const ids = Array.from({ length: 60 }, (_, n) => `t-${n}`);
    const { paths } = await scene(Object.fromEntries(ids.map((id) => [id, { text: 'the same', ...turn }])));
    await deleteByHand(paths, ids);
    await sideBySide(ids, 20, (id) => reconcile(paths, id));
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });
});

describe('what a memory leaves behind that a callable changes before the trigger has seen the change by hand', () => {
  const update = { id: 'm', changes: { importance: 1 } };

  it('is no marker and no claim of what it was', async () => {
    const { manager, paths } = await scene({ m: { text: 'one', ...turn } });
    await paths.memory('m').set(byHand({ text: 'two', ...other }, 2));
    await manager.update('space', update, ann);
    await reconcile(paths, 'm');
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('is nothing where the callable deletes it, or adds another one in its place', async () => {
    const { manager, paths } = await scene({ m: { text: 'one', ...turn }, n: { text: 'two', ...turn } });
    await paths.memory('m').delete();
    await paths.memory('n').set(byHand({ text: 'two, changed' }, 2));
    await manager.add('space', { memories: [{ id: 'm', text: 'three' }] }, ann);
    await manager.delete('space', { id: 'n' }, ann);
    for (const id of ['m', 'n']) await reconcile(paths, id);
    assert.deepEqual(await differences(paths, { exact: true }), []);
  });

  it('is its marker and its claim where the callable puts it back', async () => {
    const { manager, paths } = await scene({ m: { text: 'one', ...turn } });
    await paths.memory('m').set(byHand({ text: 'two', ...other }, 2));
    await manager.update('space', { id: 'm', changes: { text: 'one', sessionId: 'c' } }, ann);
    await reconcile(paths, 'm');
    assert.deepEqual(await differences(paths), []);
  });

  it('goes to another memory that has it', async () => {
    const { manager, paths } = await scene({ n: { text: 'one', ...turn }, m: { text: 'one', ...turn } });
    await paths.memory('m').set(byHand({ text: 'two', ...other }, 2));
    await manager.update('space', update, ann);
    await reconcile(paths, 'm');
    assert.deepEqual(await differences(paths, { exact: true }), []);
    const claims = await paths.space.collection('claims').get();
    assert.deepEqual(claims.docs.map((claim) => claim.get('memoryId')).sort(), ['m', 'n']);
  });
});
