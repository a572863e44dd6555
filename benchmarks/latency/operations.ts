/** The operations that are measured, each with the same shape by hand. */
import * as bare from './bare.ts';
import { type Footprint, observe } from './footprint.ts';
import type { Case } from './rounds.ts';
import { type Scene, SPACE } from './scene.ts';
import { sentence } from './texts.ts';

/** An operation and its shape, as two cases. */
export interface Pair {
  readonly name: string;
  readonly operation: Case;
  readonly shape: Case;
  /** What the operation reads and writes. */
  readonly footprint: Footprint;
  /** What the shape reads and writes: the same, but for a search, whose shape is its `findNearest` alone. */
  readonly shapeFootprint: Footprint;
}

type Work = Omit<Case, 'name' | 'heavy'>;

/** An operation before it has been observed: `shape` learns what it reads and writes. */
interface Plan {
  readonly name: string;
  readonly operation: Work;
  shape(footprint: Footprint): Work;
  /** The shape is a part of the operation only. */
  readonly partial?: true;
  readonly heavy?: true;
}

/** Memories of the large add, of one page of a list. */
export const MANY = 100;
export const PAGE = 20;

/** add, get, update and list: what is measured in every space. */
export function commonPlans(scene: Scene, left: bare.Left): Plan[] {
  let text = '';
  let id = '';
  const writeText = async () => {
    text = await scene.text();
  };
  return [
    {
      name: 'add',
      operation: { prepare: writeText, run: () => scene.add(text) },
      shape: () => ({ run: () => bare.bareAdd(scene, scene.paths, 1, left) }),
    },
    {
      name: 'get',
      operation: { run: () => scene.manager.get(SPACE, scene.look(), scene.call()) },
      shape: () => ({ run: async () => (await scene.paths.memory(scene.look()).get()).data() }),
    },
    {
      name: 'update',
      operation: {
        prepare: async () => {
          id = scene.take();
          await writeText();
        },
        run: () => scene.manager.update(SPACE, { id, changes: { text } }, scene.call()),
      },
      shape: (footprint) => ({ run: () => bare.bareUpdate(scene, scene.take(), footprint, left) }),
    },
    {
      name: `list of ${PAGE}`,
      operation: { run: () => scene.manager.list(SPACE, { limit: PAGE }, scene.call()) },
      shape: () => ({ run: () => bare.bareQuery(scene, PAGE) }),
    },
  ];
}

/** The other operations, measured in the small space. */
export function otherPlans(scene: Scene, left: bare.Left): Plan[] {
  const manyTexts = Array.from({ length: MANY }, (_, n) => sentence(2_000_000 + n));
  let id = '';
  let text = '';
  let fresh = scene.paths;
  const take = async () => {
    id = scene.take();
  };
  return [
    {
      name: `add of ${MANY}`,
      heavy: true,
      operation: {
        prepare: async () => {
          await scene.warm(manyTexts);
          fresh = await scene.freshSpace();
        },
        run: () =>
          scene.manager.add(
            fresh.spaceId,
            { memories: manyTexts.map((each) => ({ text: each })) },
            scene.call(),
          ),
      },
      shape: () => ({
        prepare: async () => {
          fresh = await scene.freshSpace();
        },
        run: () => bare.bareAdd(scene, fresh, MANY, left),
      }),
    },
    {
      name: 'update of tags',
      operation: {
        prepare: take,
        run: () => scene.manager.update(SPACE, { id, changes: { tags: ['changed'] } }, scene.call()),
      },
      shape: (footprint) => ({ run: () => bare.bareUpdate(scene, scene.take(), footprint, left) }),
    },
    {
      name: 'delete',
      operation: { prepare: take, run: () => scene.manager.delete(SPACE, { id }, scene.call()) },
      shape: () => ({ run: () => bare.bareDelete(scene, scene.take(), left) }),
    },
    {
      name: 'restore',
      operation: {
        prepare: async () => {
          id = scene.take();
          await scene.warm([await textOf(scene, id)]);
          await scene.manager.update(SPACE, { id, changes: { text: await scene.text() } }, scene.call());
        },
        run: () => scene.manager.restore(SPACE, { id, version: 1 }, scene.call()),
      },
      shape: (footprint) => ({ run: () => bare.bareUpdate(scene, scene.take(), footprint, left) }),
    },
    {
      name: 'append',
      operation: {
        prepare: async () => {
          text = await scene.text();
        },
        run: () =>
          scene.manager.append(
            SPACE,
            { session: 'session', messages: [{ role: 'user', text }] },
            scene.call(),
          ),
      },
      shape: () => ({ run: () => bare.bareAppend(scene, left) }),
    },
    {
      name: 'search',
      operation: {
        prepare: async () => {
          text = await scene.text();
        },
        run: () => scene.manager.search([SPACE], { query: text }, scene.call()),
      },
      shape: () => ({
        prepare: async () => {
          text = await scene.text();
        },
        run: async () => bare.bareNearest(scene, text, await scene.vector(text)),
      }),
      partial: true,
      heavy: true,
    },
  ];
}

/**
 * Runs each operation and its shape once and counts what they read and write.
 * @throws Error if they differ: the ratio would compare unlike things
 */
export async function observed(scene: Scene, plans: readonly Plan[], suffix = ''): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const { name, operation, shape: shapeOf, partial, heavy = false } of plans) {
    await operation.prepare?.();
    const footprint = await observe(scene.database, () => operation.run());
    const shape = shapeOf(footprint);
    await shape.prepare?.();
    const shapeFootprint = await observe(scene.database, () => shape.run());
    const same = JSON.stringify(footprint) === JSON.stringify(shapeFootprint);
    if (!same && partial !== true) {
      const both = `${JSON.stringify(footprint)}, by hand ${JSON.stringify(shapeFootprint)}`;
      throw new Error(`The shape of ${name} is not that of the operation: ${both}`);
    }
    pairs.push({
      name: name + suffix,
      operation: { name: name + suffix, heavy, ...operation },
      shape: { name: `bare ${name}${suffix}`, heavy, ...shape },
      footprint,
      shapeFootprint,
    });
  }
  return pairs;
}

/** Does everything once and reads back which documents it left. */
export async function leftBy(scene: Scene): Promise<bare.Left> {
  const { results } = await scene.add(await scene.text());
  const id = results[0]?.id ?? '';
  const { paths } = scene;
  const [memory, entry, claims] = await Promise.all([
    paths.memory(id).get(),
    paths.entry(id).get(),
    paths.space.collection('claims').limit(1).get(),
  ]);
  await scene.manager.delete(SPACE, { id }, scene.call());
  const [revision, deletion] = await Promise.all([paths.revision(id, 1).get(), paths.revision(id, 2).get()]);
  const data = [memory, entry, claims.docs[0], revision, deletion].map((document) => document?.data());
  if (data.includes(undefined)) throw new Error('An operation left something else than expected.');
  const [m = {}, e = {}, c = {}, r = {}, d = {}] = data;
  return { memory: m, entry: e, claim: c, revision: r, deletion: d };
}

async function textOf({ paths }: Scene, id: string): Promise<string> {
  return String((await paths.memory(id).get()).get('text'));
}
