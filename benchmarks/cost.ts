/**
 * What a search costs, and how that grows with the space.
 *
 *     npm run bench:cost -- [--json OUT] [--sizes 100,1000] [--rounds N] [--seconds N] [--check]
 *
 * Reads are counted as Firestore bills them: documents that came back, index entries that vector queries scanned
 * (100 to a read) and that aggregations counted (1,000 to a read). No filter is asked for, so that a vector query
 * scans all entries of its space. `metered` is what the operation log tells of the same searches.
 *
 * Latency: a hybrid search of 10 beside the vector query that it makes, alone: the same limit, projection and
 * vector, as the search was seen to send it. Every round runs every case once, in an order of its own; medians.
 * The storage runs in this process, and every question is embedded before its search, which is timed apart. The
 * memories have words as unevenly frequent as those of a language, and vectors by chance.
 *
 * The first search of a space is that of a process of its own, which has searched another space before.
 *
 * The exit code tells nothing about the target, unless `--check` is given.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { localEmbedder } from '../functions/src/search/local-embedder.ts';
import { openDatabase } from '../functions/src/storage/database.ts';
import { openCounters } from '../functions/src/storage/open-counters.ts';
import { tenantPaths } from '../functions/src/storage/paths.ts';
import { Billing } from './cost/billing.ts';
import type { FirstSearch, FirstSearchJob } from './cost/first-search.ts';
import { growthOf, type Measured, MOST, rowOf, tableOf } from './cost/report.ts';
import { type BareQuery, MeasuredSpace, type Place, type Searched, SPACE } from './cost/space.ts';
import { zipfQuestion, zipfText } from './cost/texts.ts';
import { fill } from './latency/filling.ts';
import { type Case, measure } from './latency/rounds.ts';
import { quantile } from './latency/statistics.ts';
import { warmedEmbedder } from './latency/warmed-embedder.ts';

/** A database of its own: the deployed trigger listens to the default one. */
const DATABASE = 'cost';
const WARM_UP = 3;

/** Processes whose first searches are timed, and memories of the space that they search before. */
const NEW_INSTANCES = 3;
const OTHER_SPACE = 100;

/** Questions of each of these processes begin here, above those of this one. */
const FIRST_QUESTIONS = 100_000;

const { values: options } = parseArgs({
  options: {
    json: { type: 'string' },
    sizes: { type: 'string', default: '100,1000,5000,20000' },
    rounds: { type: 'string', default: '25' },
    seconds: { type: 'string', default: '120' },
    check: { type: 'boolean', default: false },
  },
});
const sizes = options.sizes.split(',').map((size) => whole(size, '--sizes'));
const bounds = {
  rounds: whole(options.rounds, '--rounds'),
  time: whole(options.seconds, '--seconds') * 1_000,
};
if (!process.env.FIRESTORE_EMULATOR_HOST) throw new Error('This needs the emulators: npm run bench:cost');

const database = openDatabase(DATABASE);
const engine = localEmbedder();
const embedder = warmedEmbedder(engine);
const began = performance.now();
const warm = await filled(OTHER_SPACE);
const places: Place[] = [];
for (const size of sizes) places.push(await filled(size));
console.log(`filled ${sizes.join(' + ')} memories in ${seconds(performance.now() - began)} s`);

const firsts: FirstSearch[] = [];
for (let n = 0; n < NEW_INSTANCES; n += 1) firsts.push(...(await firstSearches(n)));

const billing = new Billing(database);
const embedding: number[] = [];
let asked = 0;
const scenes = places.map((place) => sceneOf(new MeasuredSpace(database, place, embedder, billing)));
const started = performance.now();
const samples = await measure(
  scenes.flatMap(({ cases }) => cases),
  { warmUp: WARM_UP, ...bounds },
);
console.log(
  `${(scenes[0]?.searches.length ?? 0) - WARM_UP} rounds in ${seconds(performance.now() - started)} s\n`,
);

const rows = scenes.map(({ space: { memories }, searches }) => {
  const of = (name: string) => samples.get(`${name} at ${memories}`) ?? [];
  const measured: Measured = {
    memories,
    searches: searches.slice(WARM_UP),
    bare: of('bare'),
    bareWhole: of('bare of whole documents'),
    first: firsts.filter((first) => first.memories === memories),
  };
  return rowOf(measured);
});
const growth = growthOf(rows);
const embeddingMs = Math.round(quantile(embedding, 0.5) * 100) / 100;
console.log(`${tableOf(rows, growth)}\n\nembedding of one question, not in the search: ${embeddingMs} ms`);
if (options.json !== undefined) {
  const outcome = { spaces: rows, growth, embeddingMs, target: { ratio: MOST } };
  const path = resolve(process.env.INIT_CWD ?? '.', options.json);
  writeFileSync(path, `${JSON.stringify(outcome, null, 2)}\n`);
}
if (options.check && rows.some(({ ratio }) => !(ratio <= MOST))) process.exitCode = 1;
// The Admin SDK keeps its connections open, and with them the process.
await database.terminate();

/** The cases of a space, and what its searches read. */
function sceneOf(space: MeasuredSpace) {
  const searches: Searched[] = [];
  const { memories } = space;
  let question = '';
  /** The search that shows what the bare query is; each bare query is that of the question after it. */
  let bare: BareQuery | null = null;
  let whole: BareQuery | null = null;
  const ask = async () => {
    asked += 1;
    question = zipfQuestion(asked, memories);
    const start = performance.now();
    await embedder.warm([question]);
    embedding.push(performance.now() - start);
  };
  const show = async () => {
    if (bare !== null) return;
    await ask();
    await space.search(question);
    bare = space.bare();
    whole = space.bareWhole();
  };
  const cases: Case[] = [
    {
      name: `search at ${memories}`,
      prepare: ask,
      run: async () => {
        searches.push(await space.search(question));
        bare = space.bare();
        whole = space.bareWhole();
      },
    },
    { name: `bare at ${memories}`, prepare: show, run: async () => bare?.get() },
    { name: `bare of whole documents at ${memories}`, prepare: show, run: async () => whole?.get() },
  ];
  return { space, searches, cases };
}

async function filled(memories: number): Promise<Place> {
  const tenantId = `cost-${memories}-${Date.now()}`;
  const paths = tenantPaths(database, tenantId).space(SPACE);
  await openCounters(database, paths);
  await fill(database, paths, memories, embedder.id, zipfText);
  return { tenantId, memories };
}

async function firstSearches(instance: number): Promise<FirstSearch[]> {
  const script = fileURLToPath(new URL('./cost/first-search.ts', import.meta.url));
  const job: FirstSearchJob = { warm, places, questions: FIRST_QUESTIONS * (1 + instance) };
  const { stdout } = await promisify(execFile)(process.execPath, [script, DATABASE, JSON.stringify(job)]);
  return JSON.parse(stdout) as FirstSearch[];
}

function whole(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes whole numbers above 0.`);
  return value;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}
