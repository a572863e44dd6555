/**
 * What it costs to keep derived data right, on the emulators.
 *
 *     npm run bench:derived -- [--json FILE] [--only amplification|verification|lag|writers] [--burst N] [--seconds N]
 *
 * `amplification`: documents that each change reads and writes, and the trigger after it. These are counts, the
 * same on every machine. `verification`: what it takes to verify and to repair a space, by its size. `lag`: from the
 * commit of a memory to its index entry, for writes one at a time and for a burst of 1,000 (`derived/lag.ts` says by
 * which process); the milliseconds are those of this machine and of the emulators. `--seconds` bounds the lag, 300 by
 * default: what has not arrived by then is not counted, and `arrived` says so. `writers`: adds a second by concurrent
 * writers of one space, and whether its counters are exact afterwards.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { localEmbedder } from '../functions/src/search/local-embedder.ts';
import { openDatabase } from '../functions/src/storage/database.ts';
import { amplification } from './derived/amplification.ts';
import { lag } from './derived/lag.ts';
import { DERIVED_DATABASE, type Part, type Row, table } from './derived/part.ts';
import { verification } from './derived/verification.ts';
import { writers } from './derived/writers.ts';
import { warmedEmbedder } from './latency/warmed-embedder.ts';

const PARTS: Readonly<Record<string, Part>> = { amplification, verification, lag, writers };

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    burst: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '300' },
  },
});
const options = { burst: whole(values.burst, '--burst'), time: whole(values.seconds, '--seconds') * 1_000 };
const parts = Object.entries(PARTS).filter(([name]) => values.only === undefined || name === values.only);
if (parts.length === 0) throw new Error(`--only takes one of ${Object.keys(PARTS).join(', ')}.`);
if (!process.env.FIRESTORE_EMULATOR_HOST) throw new Error('This needs the emulators: npm run bench:derived');

const bench = {
  database: openDatabase(DERIVED_DATABASE),
  live: openDatabase('(default)'),
  embedder: warmedEmbedder(localEmbedder()),
  options,
};
const all: Row[] = [];
for (const [name, { title, run }] of parts) {
  const rows = await run(bench);
  console.log(`${title}\n\n${table(rows)}\n`);
  all.push(...rows.map((row) => ({ ...row, name: `${name}: ${row.name}` })));
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(all, null, 2)}\n`);
// The Admin SDK keeps its connections open, and with them the process.
await Promise.all([bench.database.terminate(), bench.live.terminate()]);

function whole(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes a whole number above 0.`);
  return value;
}
