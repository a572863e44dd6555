/**
 * Retrieval quality on LoCoMo without Firestore: the functions that ship, an exact scan of the joined
 * vectors instead of `findNearest`, then the ranking that ships.
 *
 *     node benchmarks/retrieval-offline.ts --data path/to/locomo.json [--candidates 80]
 *
 * Protocol: one conversation is one space, one turn one memory (`speaker: text`, with the caption of a
 * picture); questions of category 5 and those whose evidence is no turn are left out. R@k is the mean share
 * of the evidence among the first k, MRR is over all candidates.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SEARCH } from '../functions/src/config.ts';
import type { SearchMode } from '../functions/src/contract/types.ts';
import { idf } from '../functions/src/core/bm25.ts';
import { type Embedding, planIndex, textToEmbed } from '../functions/src/core/index-plan.ts';
import { queryVector } from '../functions/src/core/joined-vector.ts';
import { queryTokens } from '../functions/src/core/late-interaction.ts';
import { createMemory } from '../functions/src/core/memory.ts';
import { type Candidate, type Ranked, rank } from '../functions/src/core/ranking.ts';
import { termFrequencies, tokenize } from '../functions/src/core/tokens.ts';
import { localEmbedder } from '../functions/src/search/local-embedder.ts';
import { EmbeddingCache } from '../functions/src/storage/embeddings.ts';

interface Turn {
  readonly id: string;
  readonly text: string;
  readonly occurredAt: string;
  readonly sessionId: string;
}
interface Question {
  readonly text: string;
  readonly evidence: ReadonlySet<string>;
}
interface Conversation {
  readonly id: string;
  readonly turns: readonly Turn[];
  readonly questions: readonly Question[];
}
interface RawTurn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  readonly blip_caption?: string;
}
interface RawConversation {
  readonly sample_id: string;
  readonly conversation: Readonly<Record<string, string | readonly RawTurn[]>>;
  readonly qa: readonly { question: string; evidence?: readonly string[]; category: number }[];
}
interface Indexed extends Candidate {
  readonly vector: Float64Array;
}
interface Space {
  readonly conversation: Conversation;
  readonly entries: readonly Indexed[];
  readonly queries: readonly Embedding[];
}
/** The answer to one question and what would have been right. */
interface Answer {
  readonly ranked: readonly Ranked[];
  readonly evidence: ReadonlySet<string>;
}

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, candidates: { type: 'string', default: String(SEARCH.NEAREST) } },
});
if (options.data === undefined) throw new Error('Say where the data is: --data path/to/locomo.json');
const limit = Number(options.candidates);
const embedder = localEmbedder();
const rerankMs: number[] = [];

const conversations = (JSON.parse(readFileSync(options.data, 'utf8')) as RawConversation[]).map(read);
const spaces: Space[] = [];
for (const conversation of conversations) {
  const began = performance.now();
  const entries = await indexed(conversation.turns);
  const queries = await embedder.embedTokens(conversation.questions.map(({ text }) => text));
  spaces.push({ conversation, entries, queries });
  console.log(`${conversation.id} embedded in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

console.log(`\n${conversations.length} conversations, ${limit} candidates`);
console.log(row('', ['R@5', 'R@10', 'R@20', 'MRR', 'hit@10', 'in all']));
for (const mode of ['hybrid', 'keyword', 'semantic'] as const) {
  const answers = spaces.map((space) => answer(space, mode));
  console.log(row(mode, measures(answers.flat())));
  if (mode !== 'hybrid') continue;
  for (const [index, part] of answers.entries()) {
    console.log(row(`  ${spaces[index]?.conversation.id}`, measures(part)));
  }
}
console.log(`rerank of ${limit}: ${mean(rerankMs).toFixed(2)} ms`);

/** One conversation of the file, its stray evidence forms (`D:11:26`, `D8:6; D9:17`) put in order. */
function read(raw: RawConversation): Conversation {
  const turns: Turn[] = [];
  for (const [name, session] of Object.entries(raw.conversation)) {
    if (!/^session_\d+$/.test(name) || typeof session === 'string') continue;
    const occurredAt = readTime(String(raw.conversation[`${name}_date_time`]));
    for (const { speaker, dia_id: id, text, blip_caption: caption } of session) {
      const said = `${speaker}: ${text}${caption ? ` [${caption}]` : ''}`;
      turns.push({ id, text: said, occurredAt, sessionId: name });
    }
  }
  const known = new Set(turns.map((turn) => turn.id));
  const questions = raw.qa
    .filter((qa) => qa.category !== 5)
    .map((qa) => {
      const ids = [...(qa.evidence ?? []).join(' ').matchAll(/D:?(\d+):(\d+)/g)].map(
        (m) => `D${m[1]}:${m[2]}`,
      );
      return { text: qa.question, evidence: new Set(ids.filter((id) => known.has(id))) };
    })
    .filter((question) => question.evidence.size > 0);
  return { id: raw.sample_id, turns, questions };
}

/** `1:56 pm on 8 May, 2023` as ISO 8601. */
function readTime(text: string): string {
  const match = /^(\d+):(\d+) (am|pm) on (\d+) (\w+), (\d+)$/.exec(text);
  if (match === null) throw new Error(`Not a time of LoCoMo: ${text}`);
  const [, hour, minute, half, day, month, year] = match;
  const date = new Date(`${day} ${month} ${year} UTC`);
  date.setUTCHours((Number(hour) % 12) + (half === 'pm' ? 12 : 0), Number(minute));
  return date.toISOString();
}

/** The index entries of the turns, as the write path plans them for calls of 100. */
async function indexed(turns: readonly Turn[]): Promise<Indexed[]> {
  const cache = new EmbeddingCache(embedder);
  const entries: Indexed[] = [];
  for (const [place, turn] of turns.entries()) {
    const { text, occurredAt, sessionId } = turn;
    const birth = { actor: 'a', tenant: 't', space: 's', id: turn.id, version: 1, place: place % 100 };
    const now = Math.floor(place / 100);
    const record = createMemory({ text, occurredAt, sessionId, kind: 'message' }, { ...birth, now });
    await cache.prepare([textToEmbed(record.memory)]);
    const plan = planIndex(record, null, cache);
    if (plan.action !== 'write') throw new Error('A new turn needs an entry.');
    entries.push({ ...plan.entry, id: turn.id, vector: Float64Array.from(plan.entry.vector) });
  }
  return entries;
}

function answer({ conversation, entries, queries }: Space, mode: SearchMode): Answer[] {
  const documentFrequencies = termFrequencies(entries.flatMap((entry) => entry.terms));
  return conversation.questions.map(({ text, evidence }, index) => {
    const { vector: semantic, tokens = [], known = 1 } = queries[index] ?? { vector: [] };
    const idfs = new Map(
      tokenize(text).map((term) => [term, idf(entries.length, documentFrequencies.get(term) ?? 0)]),
    );
    const vector = queryVector(idfs, semantic, mode, known);
    if (vector === null) return { ranked: [], evidence };
    const candidates = entries
      .map((entry) => ({ entry, score: vector.reduce((sum, x, at) => sum + x * (entry.vector[at] ?? 0), 0) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ entry }) => entry);
    const start = performance.now();
    const ranked = rank(candidates, {
      mode,
      idfs,
      semantic,
      tokens: queryTokens(text, tokens, idfs),
      known,
      now: 0,
    });
    rerankMs.push(performance.now() - start);
    return { ranked, evidence };
  });
}

/** R@5, R@10, R@20, MRR, hit@10 and the share of the evidence among the candidates, in percent. */
function measures(answers: readonly Answer[]): string[] {
  const recall = (k: number) =>
    answers.map((a) => a.ranked.slice(0, k).filter(({ id }) => a.evidence.has(id)).length / a.evidence.size);
  const first = answers.map((a) => a.ranked.findIndex(({ id }) => a.evidence.has(id)));
  const reciprocal = first.map((place) => (place < 0 ? 0 : 1 / (place + 1)));
  const hit = first.map((place) => (place >= 0 && place < 10 ? 1 : 0));
  return [recall(5), recall(10), recall(20), reciprocal, hit, recall(limit)].map((values) =>
    (100 * mean(values)).toFixed(1),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(24) + cells.map((cell) => cell.padStart(8)).join('');
}
