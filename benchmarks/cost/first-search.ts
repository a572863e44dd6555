/**
 * A process of its own, as a new instance is: searches each space once, and once more. What is slow in any new
 * process, its first connection and its uncompiled code, it does in another space before.
 *
 *     node benchmarks/cost/first-search.ts DATABASE '{"warm": PLACE, "places": [PLACE, …], "questions": 500000}'
 */
import { localEmbedder } from '../../functions/src/search/local-embedder.ts';
import { openDatabase } from '../../functions/src/storage/database.ts';
import { warmedEmbedder } from '../latency/warmed-embedder.ts';
import { Billing } from './billing.ts';
import { MeasuredSpace, type Place, type Searched } from './space.ts';
import { zipfQuestion } from './texts.ts';

/** The first search of a space by a new instance, and the next one. */
export interface FirstSearch {
  readonly memories: number;
  readonly first: Searched;
  readonly next: Searched;
}

/** What such a process is told. */
export interface FirstSearchJob {
  /** The space that it searches before. */
  readonly warm: Place;
  readonly places: readonly Place[];
  /** The number of its first question, see `zipfQuestion`. */
  readonly questions: number;
}

/** Searches in the other space before. */
const WARM_UP = 12;

const [databaseId = '', job = '{}'] = process.argv.slice(2);
const { warm, places, questions } = JSON.parse(job) as FirstSearchJob;
const database = openDatabase(databaseId);
const embedder = warmedEmbedder(localEmbedder());
const billing = new Billing(database);
let asked = questions;

async function ask(space: MeasuredSpace): Promise<Searched> {
  asked += 1;
  const question = zipfQuestion(asked, space.memories);
  await embedder.warm([question]);
  return space.search(question);
}

const warmSpace = new MeasuredSpace(database, warm, embedder, billing);
for (let n = 0; n < WARM_UP; n += 1) await ask(warmSpace);
const found: FirstSearch[] = [];
for (const place of places) {
  const space = new MeasuredSpace(database, place, embedder, billing);
  found.push({ memories: place.memories, first: await ask(space), next: await ask(space) });
}
console.log(JSON.stringify(found));
await database.terminate();
