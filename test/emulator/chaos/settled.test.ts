/** An event alone tells that it is of a change by the write path: with real events, whose times are decoded exactly. */
import assert from 'node:assert/strict';
import { DEAD_LETTERS } from '../../../functions/src/config.ts';
import { countFailedAttempt } from '../../../functions/src/storage/dead-letters.ts';
import { byHand } from '../../support/chaos/by-hand.ts';
import { deliver } from '../../support/chaos/deliverer.ts';
import type { RawEvent } from '../../support/chaos/event-source.ts';
import { openStage, type Stage } from '../../support/chaos/stage.ts';
import { differences } from '../../support/differences.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

const DATABASE = 'chaos-settled';

const ann = callBy('ann');

describe('the event of a change that left nothing to do', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage(DATABASE, 'linked');
  });
  after(() => stage.close());

  const scene = () => {
    const { manager, tenantId } = openManager(undefined, DATABASE);
    const paths = spaceOf(tenantId, 'space', DATABASE);
    /** The event of a piece of work, by how many events there are of this tenant then. */
    const eventOf = async (n: number, work: () => Promise<unknown>) => {
      await work();
      return (await stage.source.captured(`tenants/${tenantId}/`, n)).at(-1)!;
    };
    return { manager, paths, tenantId, eventOf };
  };

  /** How often the database is asked when an event is delivered: reads, and commits. */
  async function asks(event: RawEvent, change?: { readonly data: undefined }): Promise<[number, number]> {
    stage.link.failNext();
    stage.link.failNextReads();
    await deliver(event, change);
    return [stage.link.reads, stage.link.commits];
  }

  it('is taken without a read, whether a callable changed the memory or the trigger completed it', async () => {
    const { manager, paths, eventOf } = scene();
    const add = () => manager.add('space', { memories: [{ id: 'm', text: 'one' }] }, ann);
    const creation = await eventOf(1, add);
    // The first event of a process notes its lag as well.
    await deliver(creation);
    assert.deepEqual(await asks(creation), [1, 0]);
    const update = () => manager.update('space', { id: 'm', changes: { text: 'two' } }, ann);
    const changed = await eventOf(2, update);
    assert.deepEqual(await asks(changed), [0, 0]);
    assert.deepEqual(await asks(changed, { data: undefined }), [1, 0]);
    const restored = await eventOf(3, () => manager.restore('space', { id: 'm', version: 1 }, ann));
    assert.deepEqual(await asks(restored), [0, 0]);
    const written = await eventOf(4, () => paths.memory('by-hand').set({ text: 'three' }));
    const completed = await eventOf(5, () => deliver(written));
    assert.deepEqual(await asks(completed), [0, 0]);
    assert.deepEqual(await differences(paths), []);
  });

  it('is none that was made by hand, whatever the document says of itself', async () => {
    const { manager, paths, eventOf } = scene();
    await eventOf(1, () => manager.add('space', { memories: [{ id: 'm', text: 'one' }] }, ann));
    await eventOf(2, () => manager.update('space', { id: 'm', changes: { text: 'two' } }, ann));
    const fields = (await paths.memory('m').get()).data() ?? {};
    const edited = await eventOf(3, () => paths.memory('m').set({ ...fields, text: 'by hand' }));
    const [reads, commits] = await asks(edited);
    assert.ok(reads > 0 && commits > 0);
    const back = await eventOf(4, () => paths.memory('m').set(fields));
    assert.ok((await asks(back))[1] > 0);
    assert.deepEqual(await differences(paths), []);
  });

  it('leaves a dead letter to the run that tries it again', async () => {
    const { manager, paths, tenantId, eventOf } = scene();
    const written = await eventOf(1, () => paths.memory('m').set(byHand({ text: 'one' })));
    const address = { tenantId, spaceId: 'space', memoryId: 'm' };
    const failure = { event: 'event', now: Date.now(), code: 'internal', reason: 'a-test' } as const;
    for (let n = 1; n <= DEAD_LETTERS.MAX_TRIES; n += 1) {
      await countFailedAttempt(stage.database, address, failure);
    }
    const update = () => manager.update('space', { id: 'm', changes: { text: 'two' } }, ann);
    assert.deepEqual(await asks(await eventOf(2, update)), [0, 0]);
    assert.deepEqual(await differences(paths), ['letter m: left over']);
    // Whatever looks at the memory removes it.
    await deliver(written);
    assert.deepEqual(await differences(paths), []);
  });
});
