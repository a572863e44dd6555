/** The usage of a tenant beside changes that no operation made. */
import assert from 'node:assert/strict';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { Timestamp } from '../../../functions/src/storage/database.ts';
import { forgetMemory } from '../../../functions/src/storage/forget-memory.ts';
import { reconcileMemory } from '../../../functions/src/storage/reconcile.ts';
import { differences } from '../../support/differences.ts';
import { openTenant } from '../../support/jobs.ts';
import { callBy } from '../../support/storage.ts';

const TEXT = 'ten bytes.';
const EACH = TEXT.length + '{}'.length;

/** Five memories of the same size, and what the trigger and the sweeper do about one of them. */
async function scene() {
  const { database, tenantId, manager, directory, paths } = await openTenant();
  const memories = [1, 2, 3, 4, 5].map((n) => ({ id: `m${n}`, text: TEXT }));
  await manager.add('team', { memories, dedupe: 'off' }, callBy('ada'));
  const addressOf = (memoryId: string) => ({ tenantId, spaceId: 'team', memoryId });
  const event = (memoryId: string) => reconcileMemory(database, embedder, addressOf(memoryId));
  const sweep = (memoryId: string) =>
    forgetMemory(database, addressOf(memoryId), { now: Date.now(), isStopped: () => false });
  const holds = async (count: number, because: string) => {
    const usage = await directory.usage(callBy('ada'));
    assert.deepEqual(usage, { memories: count, bytes: count * EACH, quota: null }, because);
  };
  const space = paths('team');
  const expire = (memoryId: string) =>
    space.memory(memoryId).update({ expiresAt: Timestamp.fromMillis(Date.now() - 1_000) });
  return { space, event, sweep, expire, holds };
}

describe('the usage of a tenant whose memories are deleted by hand, or expire', () => {
  it('is exact as soon as the trigger has worked, event by event, and stays so when events come twice', async () => {
    const { space, event, holds } = await scene();
    await holds(5, 'at first');
    for (const [n, id] of ['m1', 'm2'].entries()) {
      await space.memory(id).delete();
      await event(id);
      await holds(4 - n, `without ${id}`);
      await event(id);
      await holds(4 - n, 'when the event comes again');
    }
    await space.memory('by-hand').set({ text: TEXT });
    await event('by-hand');
    await holds(4, 'with one that was written by hand');
    assert.deepEqual(await differences(space), []);
  });

  it('is exact once what has expired was swept, or was deleted by the policy of Firestore', async () => {
    const { space, event, sweep, expire, holds } = await scene();
    for (const id of ['m1', 'm2']) {
      await expire(id);
      await event(id);
    }
    await holds(5, 'what has expired is stored until it is removed');
    assert.equal(await sweep('m1'), 'removed');
    await holds(4, 'swept');
    await event('m1');
    await holds(4, 'the event of the sweeper');
    await space.memory('m2').delete();
    await event('m2');
    await holds(3, 'deleted by the policy');
    assert.deepEqual(await differences(space), []);
  });
});
