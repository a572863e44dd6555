/**
 * [24] Six real events about one memory in all of their 720 orders. The memories are changed by hand, so that every
 * derived document is the trigger's own work. Before the orders are tried, the trigger has seen each memory in one
 * of its seven states, so each order starts from an entry that is missing, right, of an earlier life, or older.
 */
import assert from 'node:assert/strict';
import type { WriteBatch } from '../../../functions/src/storage/database.ts';
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

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, place) =>
    permutations(items.toSpliced(place, 1)).map((rest) => [item, ...rest]),
  );
}

/** One order of the events of one memory, and after which state the trigger has seen it. */
interface Trial {
  readonly paths: SpacePaths;
  readonly id: string;
  readonly order: readonly number[];
  readonly seenAt: number;
}

describe('[24] all permutations of six events on one memory', () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage(DATABASE);
  });
  after(() => stage.close());

  it('end at what is recomputed from the truth, from whatever state they start', async function () {
    // About 25 s on two idle cores: 5,000 deliveries.
    this.timeout(180_000);
    const { source, database } = stage;
    const tenantId = freshId('permutations');
    const trials = permutations([0, 1, 2, 3, 4, 5]).map((order, n): Trial => {
      const paths = spaceOf(tenantId, `space-${Math.floor(n / PER_SPACE)}`, DATABASE);
      return { paths, id: `m-${n}`, order, seenAt: n % 7 };
    });
    assert.equal(trials.length, 720);
    const spaces = new Map(trials.map(({ paths }) => [paths.spaceId, paths]));
    const inSpaces = (work: (those: readonly Trial[]) => Promise<void>) =>
      sideBySide(Map.groupBy(trials, ({ paths }) => paths.spaceId).values(), 12, work);
    const below = ({ paths, id }: Trial) => `tenants/${tenantId}/spaces/${paths.spaceId}/memories/${id}`;
    for (const [place, state] of STATES.entries()) {
      const write = (batch: WriteBatch, { paths, id }: Trial) =>
        state === null
          ? batch.delete(paths.memory(id))
          : batch.set(paths.memory(id), byHand(state, place + 1));
      const batch = database.batch();
      for (const trial of trials) write(batch, trial);
      await batch.commit();
      const events = await source.captured(`tenants/${tenantId}/`, trials.length * (place + 1));
      const latest = new Map(events.map((event) => [event.document, event]));
      await inSpaces(async (those) => {
        for (const trial of those) if (trial.seenAt === place + 1) await deliver(latest.get(below(trial))!);
      });
    }
    const events = await source.captured(`tenants/${tenantId}/`, trials.length * STATES.length);
    const ofMemory = Map.groupBy(events, ({ document }) => document);
    const started = new Set<string>();
    await inSpaces(async (those) => {
      for (const trial of those) {
        const six = ofMemory.get(below(trial)) as RawEvent[];
        assert.equal(six.length, STATES.length);
        started.add(String((await trial.paths.entry(trial.id).get()).get('contentHash')));
        for (const place of trial.order) await deliver(six[place]!);
      }
    });
    assert.equal(started.size, 6, 'no entry, and five of different contents');
    for (const paths of spaces.values()) assert.deepEqual(await differences(paths, { exact: true }), []);
  });
});
