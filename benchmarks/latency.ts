/**
 * What the operations cost beside the same reads and writes by hand, on the Firestore emulator.
 *
 *     npm run bench:latency -- [--json FILE] [--quick] [--light] [--rounds N] [--seconds N] [--check]
 *
 * Protocol: every round runs every case once, in an order of its own, so that noise falls on all alike; three
 * rounds of warm-up are left out. Storage runs in this process, without HTTP and admission; the rows `http …` are
 * the built functions, each in a process of its own, called with a token. Compare the ratios; the milliseconds
 * are those of this machine and of the emulator. `set()` stores the memory alone.
 * The shape of an operation is the same number of document reads, in one `getAll`, and the same writes, by
 * hand: it is checked that both read and write as much. Embedding is not in the operations (their texts are
 * embedded before, see `latency/warmed-embedder.ts`) and has a row of its own. The functions do embed: the
 * ratios of `http add` and `http update` leave out the median of that row.
 *
 * `--quick` takes 200 and 2,000 memories instead of 1,000 and 20,000, and fewer rounds; `--light` leaves out
 * what takes long: the large space, the add of 100 and the search.
 *
 * The exit code tells nothing about the targets, unless `--check` is given.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { localEmbedder } from '../functions/src/search/local-embedder.ts';
import { openDatabase } from '../functions/src/storage/database.ts';
import { bareRewrite, bareUnlockedUpdate } from './latency/bare.ts';
import type { Footprint } from './latency/footprint.ts';
import { commonPlans, leftBy, MANY, observed, otherPlans, PAGE } from './latency/operations.ts';
import { httpCases } from './latency/over-http.ts';
import { growthRows, makeRow, pairRow, type Row, report, type Target } from './latency/report.ts';
import { type Case, measure } from './latency/rounds.ts';
import { Scene } from './latency/scene.ts';
import { sentence } from './latency/texts.ts';
import { warmedEmbedder } from './latency/warmed-embedder.ts';

/** A database of its own: the deployed trigger listens to the default one. */
const DATABASE = 'latency';
const WARM_UP = 3;
const EMBEDDING = 'embedding of one text';
/** What a change that first reads cannot fall below. */
const TRANSACTION = 'bare transaction: get, set';
/** The shape of an update as the operation makes it; that of its row is a transaction. */
const UNLOCKED = 'bare update without a lock';
const NOTHING = { reads: 0, writes: 0 };

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    light: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '300' },
  },
});
const [small, large] = options.quick ? [200, 2_000] : [1_000, 20_000];
const rounds = whole(options.rounds ?? (options.quick ? '8' : '40'), '--rounds');
const time = whole(options.seconds, '--seconds') * 1_000;
if (!process.env.FIRESTORE_EMULATOR_HOST) {
  throw new Error('This needs the Firestore emulator: npm run bench:latency');
}

const database = openDatabase(DATABASE);
const engine = localEmbedder();
const embedder = warmedEmbedder(engine);
const began = performance.now();
const scene = await Scene.open(database, small, embedder);
const grown = options.light ? null : await Scene.open(database, large, embedder);
console.log(
  `filled ${options.light ? small : small + large} memories in ${seconds(performance.now() - began)} s`,
);

const left = await leftBy(scene);
const common = await observed(scene, commonPlans(scene, left));
const otherOnes = otherPlans(scene, left).filter(({ heavy }) => !(options.light && heavy));
const others = await observed(scene, otherOnes);
const inLarge = grown === null ? [] : await observed(grown, commonPlans(grown, left), ` at ${large}`);
const pairs = [...common, ...others, ...inLarge];
const http = await httpCases(scene, DATABASE, common);
let embedded = 3_000_000;
const singles: Case[] = [
  { name: 'set', run: () => scene.paths.memory(scene.name()).set(left.memory) },
  { name: TRANSACTION, run: () => bareRewrite(scene, scene.look(), left) },
  { name: UNLOCKED, run: () => bareUnlockedUpdate(scene, scene.take(), left) },
  {
    name: EMBEDDING,
    run: () => {
      embedded += 1;
      return engine.embed([sentence(embedded)]);
    },
  },
];
const cases = [...singles, ...pairs.flatMap(({ operation, shape }) => [operation, shape]), ...http.cases];
const started = performance.now();
const samples = await measure(cases, { warmUp: WARM_UP, rounds, time }).finally(() => http.end());
const counted = samples.get('set')?.length ?? 0;

const many = others.find(({ name }) => name === `add of ${MANY}`)?.footprint;
const rows = [
  makeRow(samples, 'set', { of: 'set', base: null }, { reads: 0, writes: 1 }),
  makeRow(samples, TRANSACTION, { of: TRANSACTION, base: null }, { reads: 1, writes: 1 }),
  makeRow(samples, UNLOCKED, { of: UNLOCKED, base: null }, { reads: 2, writes: 5 }),
  ...common.map(({ shape: { name }, shapeFootprint }) =>
    makeRow(samples, name, { of: name, base: null }, shapeFootprint),
  ),
  ...[...common, ...others].map((pair) => pairRow(samples, pair)),
  ...(many === undefined ? [] : ['', 'bare '].map((by) => manyRow(by, many))),
  ...inLarge.map((pair) => pairRow(samples, pair)),
  ...common.flatMap((pair, place) => {
    const other = inLarge[place];
    return other === undefined ? [] : growthRows(samples, pair, other);
  }),
  ...http.cases.map(({ name, pair, footprint, embeds }) => {
    const without = embeds ? EMBEDDING : undefined;
    return makeRow(samples, name, { of: name, base: pair?.shape.name ?? null, without }, footprint);
  }),
  makeRow(samples, EMBEDDING, { of: EMBEDDING, base: null }, NOTHING),
];
const targets: Target[] = [
  { row: 'add', of: 'ratioToSet', most: 3.5 },
  { row: 'update', of: 'ratioToSet', most: 3.5 },
  { row: 'get', of: 'ratioToShape', most: 1.3 },
  { row: `list of ${PAGE}`, of: 'ratioToShape', most: 1.3 },
  { row: `add of ${MANY} / ${MANY} adds`, of: 'ratioToShape', most: 0.15 },
  ...common.map(
    ({ name }): Target => ({
      row: `growth: ${name} at ${large} / ${name}`,
      of: 'ratioToShape',
      most: 1.2,
    }),
  ),
];
const { table, holds } = report(rows, targets);
console.log(
  `${counted} rounds of ${cases.length} cases in ${seconds(performance.now() - started)} s\n\n${table}`,
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
// The Admin SDK keeps its connections open, and with them the process.
await database.terminate();
process.exitCode = options.check && !holds ? 1 : 0;

/** What a large add takes in proportion to as many adds of one; `by` is 'bare ' for both by hand. */
function manyRow(by: string, footprint: Footprint): Row {
  const base = { of: `${by}add of ${MANY}`, base: `${by}add`, times: MANY };
  return makeRow(samples, `${by}add of ${MANY} / ${MANY} ${by}adds`, base, footprint);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}

function whole(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes a whole number above 0.`);
  return value;
}
