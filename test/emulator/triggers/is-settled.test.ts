import assert from 'node:assert/strict';
import type { DocumentSnapshot } from '../../../functions/src/storage/database.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { isSettled } from '../../../functions/src/triggers/is-settled.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const ann = callBy('ann');

/** The memory before and after a piece of work, as an event would show it. */
async function written(
  memory: ReturnType<SpacePaths['memory']>,
  work: (before: DocumentSnapshot) => Promise<unknown>,
): Promise<{ before: DocumentSnapshot; after: DocumentSnapshot }> {
  const before = await memory.get();
  await work(before);
  return { before, after: await memory.get() };
}

describe('an event alone', () => {
  const scene = async () => {
    const { manager, tenantId } = openManager();
    const memory = spaceOf(tenantId, 'space').memory('m');
    const add = () => manager.add('space', { memories: [{ id: 'm', text: 'one' }] }, ann);
    const update = (text: string) => manager.update('space', { id: 'm', changes: { text } }, ann);
    return { manager, memory, add, update };
  };

  it('shows that an update and a restore by the write path left nothing to do', async () => {
    const { manager, memory, add, update } = await scene();
    await add();
    assert.equal(isSettled(await written(memory, () => update('two'))), true);
    assert.equal(isSettled(await written(memory, () => update('three'))), true);
    const restored = await written(memory, () => manager.restore('space', { id: 'm', version: 1 }, ann));
    assert.equal(isSettled(restored), true);
  });

  it('shows nothing of a creation or a deletion, nor without data', async () => {
    const { manager, memory, add } = await scene();
    assert.equal(isSettled(await written(memory, add)), false);
    assert.equal(isSettled(await written(memory, () => manager.delete('space', { id: 'm' }, ann))), false);
    assert.equal(isSettled(undefined), false);
    assert.equal(isSettled({}), false);
  });

  it('shows that somebody else wrote: changed a field, put all back as it was, or deleted and put it back', async () => {
    const { memory, add, update } = await scene();
    await add();
    await update('two');
    const edited = await written(memory, () => memory.update({ text: 'by hand' }));
    assert.equal(isSettled(edited), false);
    const fields = edited.before.data() ?? {};
    assert.equal(isSettled(await written(memory, () => memory.set(fields))), false);
    await memory.delete();
    assert.equal(isSettled(await written(memory, () => memory.set(fields))), false);
  });
});
