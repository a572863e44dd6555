/**
 * Write amplification: the documents that each change reads and writes, and those that the trigger does after it.
 * A callable admits its caller, then does its work; every memory that it writes raises one event, and so does the
 * trigger when it completes a memory. Of some events it need read nothing (`isSettled`). Counted by the meter of the operation log, the median of some runs.
 */
import type { DocumentSnapshot } from '../../functions/src/storage/database.ts';
import { reconcileMemory } from '../../functions/src/storage/reconcile.ts';
import { SpaceDirectory } from '../../functions/src/storage/space-directory.ts';
import { TenantDirectory } from '../../functions/src/storage/tenant-directory.ts';
import { isSettled } from '../../functions/src/triggers/is-settled.ts';
import { type Footprint, observe } from '../latency/footprint.ts';
import { Scene, SPACE } from '../latency/scene.ts';
import { quantile } from '../latency/statistics.ts';
import { sentence } from '../latency/texts.ts';
import type { WarmedEmbedder } from '../latency/warmed-embedder.ts';
import type { Bench, Part, Row } from './part.ts';

const RUNS = 5;

/** Memories of the space, enough for every run to take a fresh one. */
const SIZE = 200;

/** Memories of the large add. */
const MANY = 100;

const QUIET = { ended: () => undefined, failed: () => undefined };

/** A change: `prepare` is not counted, `run` returns the ids of the memories that it wrote. */
interface Change {
  readonly name: string;
  /** By the Admin SDK, without admission. */
  readonly direct?: true;
  prepare?(): Promise<void>;
  run(): Promise<readonly string[]>;
}

/** The part. */
export const amplification: Part = {
  title: 'Reads and writes of documents',
  async run({ database, embedder }: Bench) {
    const scene = await Scene.open(database, SIZE, embedder);
    const admission = await admitted(scene);
    const rows: Row[] = [];
    for (const change of changes(scene)) {
      const counted: { own: Footprint; events: number; trigger: Footprint }[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        await change.prepare?.();
        const before = await everyMemory(scene);
        let ids: readonly string[] = [];
        const own = await observe(database, async () => {
          ids = await change.run();
        });
        counted.push({ own, ...(await triggered(scene, embedder, ids, before)) });
      }
      const median = (of: (each: (typeof counted)[number]) => number) => quantile(counted.map(of), 0.5);
      const admitting = change.direct ? { reads: 0, writes: 0 } : admission;
      const writes = median(({ own }) => own.writes) + admitting.writes;
      const triggerWrites = median(({ trigger }) => trigger.writes);
      rows.push({
        name: change.name,
        reads: median(({ own }) => own.reads) + admitting.reads,
        writes,
        events: median(({ events }) => events),
        triggerReads: median(({ trigger }) => trigger.reads),
        triggerWrites,
        allWrites: writes + triggerWrites,
      });
    }
    return rows;
  },
};

/** The memories as they are, by id. */
async function everyMemory({ paths }: Scene): Promise<ReadonlyMap<string, DocumentSnapshot>> {
  return new Map((await paths.memories.get()).docs.map((document) => [document.id, document]));
}

/** The work of the trigger on the events of these memories, and on those that it raises itself. */
async function triggered(
  { database, paths }: Scene,
  embedder: WarmedEmbedder,
  ids: readonly string[],
  memories: ReadonlyMap<string, DocumentSnapshot>,
) {
  const { tenantId, spaceId } = paths;
  const trigger = { reads: 0, writes: 0 };
  let events = 0;
  for (const memoryId of ids) {
    let before = memories.get(memoryId);
    let after = await paths.memory(memoryId).get();
    do {
      events += 1;
      if (!isSettled({ before, after })) {
        const { reads, writes } = await observe(database, () =>
          reconcileMemory(database, embedder, { tenantId, spaceId, memoryId }),
        );
        trigger.reads += reads;
        trigger.writes += writes;
      }
      before = after;
      after = await paths.memory(memoryId).get();
    } while (after.updateTime?.valueOf() !== before.updateTime?.valueOf());
  }
  return { events, trigger };
}

/** Makes the tenant and the space known, and counts how a caller is let in. */
async function admitted(scene: Scene): Promise<Footprint> {
  const { tenantId } = scene.paths;
  const owner = scene.call();
  const directory = new TenantDirectory(scene.database, tenantId, QUIET);
  await directory.create({ name: 'Derived' }, owner);
  await new SpaceDirectory(scene.database, tenantId, QUIET).create({ id: SPACE, name: 'Derived' }, owner);
  return observe(scene.database, () => directory.admit([SPACE], owner));
}

function changes(scene: Scene): Change[] {
  const { manager, paths } = scene;
  let text = '';
  let texts: string[] = [];
  let id = '';
  let runs = 0;
  const call = () => scene.call();
  const prepare = async () => {
    id = scene.take();
    text = await scene.text();
  };
  const idsOf = ({ results }: { readonly results: readonly { id: string; outcome: string }[] }) =>
    results.filter(({ outcome }) => outcome === 'created').map((result) => result.id);
  const update = (changes: { text: string } | { tags: string[] }) => async () => {
    await manager.update(SPACE, { id, changes }, call());
    return [id];
  };
  return [
    { name: 'add', prepare, run: async () => idsOf(await scene.add(text)) },
    {
      name: 'add with a key',
      prepare,
      run: async () => {
        runs += 1;
        const request = { memories: [{ text }], key: `key-${runs}` };
        return idsOf(await manager.add(SPACE, request, call()));
      },
    },
    {
      name: 'add of a duplicate',
      prepare: async () => {
        text = await scene.text();
        await scene.add(text);
      },
      run: async () => idsOf(await scene.add(text)),
    },
    {
      name: `add of ${MANY}`,
      prepare: async () => {
        runs += 1;
        texts = Array.from({ length: MANY }, (_, n) => sentence(3_000_000 + runs * MANY + n));
        await scene.warm(texts);
      },
      run: async () =>
        idsOf(await manager.add(SPACE, { memories: texts.map((each) => ({ text: each })) }, call())),
    },
    {
      name: 'append',
      prepare,
      run: async () => {
        const messages = [{ role: 'user' as const, text }];
        return idsOf(await manager.append(SPACE, { session: 'session', messages }, call()));
      },
    },
    { name: 'update of the text', prepare, run: async () => update({ text })() },
    { name: 'update of tags', prepare, run: update({ tags: ['changed'] }) },
    {
      name: 'delete',
      prepare,
      run: async () => {
        await manager.delete(SPACE, { id }, call());
        return [id];
      },
    },
    {
      name: 'restore of a deleted one',
      prepare: async () => {
        text = await scene.text();
        [id = ''] = idsOf(await scene.add(text));
        await manager.delete(SPACE, { id }, call());
      },
      run: async () => {
        await manager.restore(SPACE, { id, version: 1 }, call());
        return [id];
      },
    },
    {
      name: 'Admin SDK: create',
      direct: true,
      prepare,
      run: async () => {
        id = scene.name();
        await paths.memory(id).set({ text });
        return [id];
      },
    },
    {
      name: 'Admin SDK: update of the text',
      direct: true,
      prepare,
      run: async () => {
        await paths.memory(id).update({ text });
        return [id];
      },
    },
    {
      name: 'Admin SDK: delete',
      direct: true,
      prepare,
      run: async () => {
        await paths.memory(id).delete();
        return [id];
      },
    },
  ];
}
