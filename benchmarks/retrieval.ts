/**
 * Retrieval quality on conversations of the form of LoCoMo, as a caller sees it.
 *
 *     npm run bench:retrieval -- --data DIR [--json OUT] [--file NAME] [--conversation ID]
 *                                [--limit-questions N] [--check] [--in-process | --agree | --rebuild]
 *
 * Protocol: one conversation is one space, one turn one memory (`speaker: text`, with the caption of a picture),
 * appended to its session with its date; questions of category 5 and those whose evidence is no turn are left
 * out. The built `session-append` and `memory-search` are called over HTTP with a token, each in a process of its
 * own, on the Firestore and auth emulators. Recall@k is the mean share of a question's evidence among the first
 * k, hit@10 the share of questions with any evidence among the first ten, MRR is over all results.
 *
 * Quality is that of searches for all of the 80 entries that a usual one looks at. Reads and latency are those of usual searches, hybrid with a
 * limit of 10, asked one by one before the others, about 150 of them; `sameFirstResults` is the share of these
 * whose results are the first ten of the other search. The reads are from the log of the served process.
 *
 * `--in-process` asks the storage in this process instead, which is faster; `--agree` asks one conversation both
 * ways and compares the ids of all results. `--rebuild` asks one conversation in process, deletes all that is derived
 * from it, reindexes it and asks again. The exit code tells whether they agree. `--check` makes it tell whether quality
 * and reads are as good as `FLOOR` asks, on all of the data.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { localEmbedder } from '../functions/src/search/local-embedder.ts';
import { openDatabase } from '../functions/src/storage/database.ts';
import type { Conversation } from '../tools/conversation/read-conversation.ts';
import { callables } from './retrieval/callables.ts';
import { readData } from './retrieval/data.ts';
import { inProcess } from './retrieval/in-process.ts';
import { answersOf, MODES, usualSearches } from './retrieval/passes.ts';
import { rebuild } from './retrieval/rebuild.ts';
import { type Asked, belowFloor, outcomeOf, tableOf } from './retrieval/report.ts';
import type { Way } from './retrieval/way.ts';

/** A database of its own: the deployed trigger listens to the default one. */
const DATABASE = 'retrieval';

/** Usual searches that are timed, about. */
const SAMPLE = 150;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'string' },
    file: { type: 'string' },
    conversation: { type: 'string' },
    'limit-questions': { type: 'string' },
    'in-process': { type: 'boolean', default: false },
    agree: { type: 'boolean', default: false },
    rebuild: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});
if (options.data === undefined) throw new Error('Say where the data is: --data DIR');
if (!process.env.FIRESTORE_EMULATOR_HOST)
  throw new Error('This needs the emulators: npm run bench:retrieval');
const data = readData(fromCaller(options.data), {
  file: options.file,
  conversation: options.conversation,
  questions: options['limit-questions'] === undefined ? undefined : whole(options['limit-questions']),
});
const database = openDatabase(DATABASE);
if (options.agree) process.exitCode = (await agree(data.slice(0, 1))) ? 0 : 1;
else if (options.rebuild) process.exitCode = (await isRebuilt(data.slice(0, 1))) ? 0 : 1;
else await measure(data);
// The Admin SDK keeps its connections open, and with them the process.
await database.terminate();

async function measure(conversations: readonly Conversation[]): Promise<void> {
  const way = await open(options['in-process']);
  try {
    const outcome = outcomeOf(way.name, await askAll(way, conversations));
    console.log(`\n${tableOf(outcome)}`);
    if (options.json !== undefined) {
      writeFileSync(fromCaller(options.json), `${JSON.stringify(outcome, null, 2)}\n`);
    }
    if (!options.check) return;
    const below = belowFloor(outcome);
    console.log(below.length === 0 ? '\nas good as asked' : `\nFAIL: ${below.join(', ')}`);
    if (below.length > 0) process.exitCode = 1;
  } finally {
    await way.end();
  }
}

/** Whether both ways find the same of all questions, in the same order. */
async function agree(conversations: readonly Conversation[]): Promise<boolean> {
  const asked: (readonly Asked[])[] = [];
  for (const isHere of [false, true]) {
    const way = await open(isHere);
    asked.push(await askAll(way, conversations).finally(() => way.end()));
  }
  return areEqual(asked, 'in process than by callables');
}

/** Whether the same is found once all that is derived was deleted and derived again. */
async function isRebuilt(conversations: readonly Conversation[]): Promise<boolean> {
  const embedder = localEmbedder();
  const way = inProcess(database, embedder);
  const before = await askAll(way, conversations);
  for (const conversation of conversations) {
    const { memories, entries, differences } = await rebuild(database, way.paths(conversation), embedder);
    console.log(`reindexed: ${memories} memories, ${entries} entries, ${JSON.stringify(differences)}`);
  }
  const after = await askAll({ ...way, store: async () => undefined }, conversations);
  return areEqual([before, after], 'after reindexing');
}

/** Compares the ids of all results, search by search. */
function areEqual(asked: readonly (readonly Asked[])[], what: string): boolean {
  const lists = asked.map((ways) =>
    ways.flatMap(({ answers }) => MODES.flatMap((mode) => answers[mode].map(({ found }) => found.join()))),
  );
  const [one = [], other = []] = lists;
  const different = one.filter((ids, place) => ids !== other[place]).length;
  console.log(`\n${one.length} searches, ${different} with other results ${what}`);
  return one.length > 0 && one.length === other.length && different === 0;
}

async function askAll(way: Way, conversations: readonly Conversation[]): Promise<Asked[]> {
  const questions = conversations.reduce((sum, each) => sum + each.questions.length, 0);
  const step = Math.max(1, Math.floor(questions / SAMPLE));
  const asked: Asked[] = [];
  for (const conversation of conversations) {
    const { id, turns } = conversation;
    const began = performance.now();
    await way.store(conversation);
    const stored = performance.now();
    const usual = await usualSearches(way, conversation, step);
    const [hybrid, keyword, semantic] = [
      await answersOf(way, conversation, 'hybrid'),
      await answersOf(way, conversation, 'keyword'),
      await answersOf(way, conversation, 'semantic'),
    ];
    asked.push({ conversation: id, turns: turns.length, usual, answers: { hybrid, keyword, semantic } });
    console.log(
      `${way.name}, ${id}: ${turns.length} turns stored in ${seconds(stored - began)} s, ` +
        `${conversation.questions.length} questions asked in ${seconds(performance.now() - stored)} s`,
    );
  }
  return asked;
}

function open(isHere: boolean): Promise<Way> {
  return isHere ? Promise.resolve(inProcess(database, localEmbedder())) : callables(database, DATABASE);
}

/** A path as whoever called npm meant it. */
function fromCaller(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error('--limit-questions takes a whole number above 0.');
  return value;
}
