/**
 * [24] Six real events about one memory in all of their 720 orders, each of which comes as soon as it may: when it was
 * written and those that stand before it were delivered. The memories are changed by hand, so that every derived
 * document is the trigger's own work; most deliveries see a later state than that of their event, and find an entry
 * that is missing, right, of an earlier life, or older.
 */
import assert from 'node:assert/strict';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { byHand } from '../../support/chaos/by-hand.ts';
import { deliver } from '../../support/chaos/deliverer.ts';
import type { RawEvent } from '../../support/chaos/event-source.ts';
import { sideBySide } from '../../support/chaos/side-by-side.ts';
import { openStage, type Stage } from '../../support/chaos/stage.ts';
import { differences } from '../../support/differences.ts';
import { freshId, spaceOf } from '../../support/storage.ts';

const DATABASE = 'chaos-permutations';

/** A life, a death, and another life: what the memory is after each event. */
const STATES = [
  { text: 'a first life', tags: ['a'] },
  { text: 'a first life, changed', tags: ['a', 'b'] },
  { text: 'a turn', kind: 'message', role: 'user', sessionId: 'c' },
  { text: 'a note', kind: 'note', tags: ['b'] },
  null,
  { text: 'a second life', tags: ['c'] },
] as const;

/** Memories in a space, and so the orders of which one has to wait for the counters of another. */
const PER_SPACE = 24;

/** Deliveries that come before the last write, over all orders: those that stand before the last event. */
const BETWEEN = (720 * (STATES.length - 1)) / 2;

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, place) =>
    permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]),
  );
}

/** One order of the events of one memory. */
interface Trial {
  readonly paths: SpacePaths;
  readonly id: string;
  readonly order: readonly number[];
}

describe('[24] all permutations of six events on one memory', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage(DATABASE);
  });
  after(() => stage.close());

  it('each delivered as early as its order lets it, between the writes, end at what is recomputed', async function () {
    // About 25 s on two idle cores.
    this.timeout(180_000);
    const { source, database } = stage;
    const tenantId = freshId('permutations');
    const trials = permutations([0, 1, 2, 3, 4, 5]).map((order, n): Trial => {
      const paths = spaceOf(tenantId, `space-${Math.floor(n / PER_SPACE)}`, DATABASE);
      return { paths, id: `m-${n}`, order };
    });
    assert.equal(trials.length, 720);
    const spaces = new Map(trials.map(({ paths }) => [paths.spaceId, paths]));
    const bySpace = Map.groupBy(trials, ({ paths }) => paths.spaceId);
    const below = ({ paths, id }: Trial) => `tenants/${tenantId}/spaces/${paths.spaceId}/memories/${id}`;
    const taken = new Map(trials.map((trial) => [trial, 0]));
    let between = 0;
    for (const [place, state] of STATES.entries()) {
      const batch = database.batch();
      for (const { paths, id } of trials) {
        if (state === null) batch.delete(paths.memory(id));
        else batch.set(paths.memory(id), byHand(state, place + 1));
      }
      await batch.commit();
      const events = await source.captured(`tenants/${tenantId}/`, trials.length * (place + 1));
      const ofMemory = Map.groupBy(events, ({ document }) => document);
      await sideBySide(bySpace.values(), 12, async (those) => {
        for (const trial of those) {
          const arrived = ofMemory.get(below(trial)) as RawEvent[];
          assert.equal(arrived.length, place + 1);
          let next = taken.get(trial)!;
          for (; next < STATES.length && trial.order[next]! <= place; next += 1) {
            await deliver(arrived[trial.order[next]!]!);
            if (place + 1 < STATES.length) between += 1;
          }
          taken.set(trial, next);
        }
      });
    }
    assert.deepEqual([...new Set(taken.values())], [STATES.length]);
    assert.equal(between, BETWEEN);
    for (const paths of spaces.values()) assert.deepEqual(await differences(paths, { exact: true }), []);
  });
});
