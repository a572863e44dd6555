/**
 * Retrieval quality on LoCoMo without Firestore: the functions that ship, an exact scan of the joined
 * vectors instead of `findNearest`, then the ranking that ships.
 *
 *     node benchmarks/retrieval-offline.ts --data path/to/locomo.json [--candidates 100]
 *
 * Protocol: one conversation is one space, one turn one memory (`speaker: text`, with the caption of a
 * picture); questions of category 5 and those whose evidence is no turn are left out. R@k is the mean share
 * of the evidence among the first k, MRR is over all candidates. Embeddings are kept in the system's
 * directory for temporary files, by their text and embedder.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SearchMode } from '../functions/src/contract/types.ts';
import { idf } from '../functions/src/core/bm25.ts';
import { indexText } from '../functions/src/core/index-text.ts';
import { documentVector, quantize, queryVector } from '../functions/src/core/joined-vector.ts';
import { type Candidate, type Ranked, rank } from '../functions/src/core/ranking.ts';
import { termFrequencies, tokenize } from '../functions/src/core/tokens.ts';
import { localEmbedder } from '../functions/src/search/local-embedder.ts';

interface Turn {
  readonly id: string;
  readonly text: string;
  readonly occurredAt: string;
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
/** The answer to one question and what would have been right. */
interface Answer {
  readonly ranked: readonly Ranked[];
  readonly evidence: ReadonlySet<string>;
}

const { values: options } = parseArgs({
  options: { data: { type: 'string' }, candidates: { type: 'string', default: '100' } },
});
if (options.data === undefined) throw new Error('Say where the data is: --data path/to/locomo.json');
const limit = Number(options.candidates);
const embedder = localEmbedder();
const rerankMs: number[] = [];

const conversations = (JSON.parse(readFileSync(options.data, 'utf8')) as RawConversation[]).map(read);
const spaces: { conversation: Conversation; entries: Indexed[]; queries: number[][] }[] = [];
for (const conversation of conversations) {
  const texts = conversation.turns.map((turn) => indexText({ ...turn, kind: 'message' }));
  const vectors = await embedded(texts.map((text) => text.semantic));
  const queries = await embedded(conversation.questions.map((question) => question.text));
  const entries = conversation.turns.map((turn, index) =>
    indexed(turn, texts[index]?.lexical ?? '', vectors[index] ?? []),
  );
  spaces.push({ conversation, entries, queries });
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
  for (const share of [0.4, 0.5, 0.55, 0.65, 0.7, 0.8]) {
    console.log(
      row(`  BM25 ${share}, cosine ${(1 - share).toFixed(2)}`, measures(reweighed(answers.flat(), share))),
    );
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
      turns.push({ id, text: `${speaker}: ${text}${caption ? ` [${caption}]` : ''}`, occurredAt });
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

function indexed(turn: Turn, lexical: string, semantic: readonly number[]): Indexed {
  const tokens = tokenize(lexical);
  const terms = termFrequencies(tokens);
  return {
    id: turn.id,
    terms: [...terms.keys()],
    frequencies: [...terms.values()],
    length: tokens.length,
    semantic: quantize(semantic),
    occurredAt: turn.occurredAt,
    importance: 0.5,
    vector: Float64Array.from(documentVector(terms, tokens.length, semantic)),
  };
}

function answer({ conversation, entries, queries }: (typeof spaces)[number], mode: SearchMode): Answer[] {
  const documentFrequencies = termFrequencies(entries.flatMap((entry) => entry.terms));
  return conversation.questions.map(({ text, evidence }, index) => {
    const semantic = queries[index] ?? null;
    const terms = new Set(tokenize(text));
    const idfs = new Map(
      [...terms].map((term) => [term, idf(entries.length, documentFrequencies.get(term) ?? 0)]),
    );
    const vector = queryVector(idfs, semantic, mode);
    if (vector === null) return { ranked: [], evidence };
    const candidates = entries
      .map((entry) => ({ entry, score: vector.reduce((sum, x, at) => sum + x * (entry.vector[at] ?? 0), 0) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ entry }) => entry);
    const start = performance.now();
    const ranked = rank(candidates, { mode, idfs, semantic, now: 0 });
    rerankMs.push(performance.now() - start);
    return { ranked, evidence };
  });
}

/** The same candidates with another share of BM25 in the score. */
function reweighed(answers: readonly Answer[], share: number): Answer[] {
  const score = ({ parts }: Ranked) => (share * parts.keyword) / 0.6 + ((1 - share) * parts.semantic) / 0.4;
  return answers.map(({ ranked, evidence }) => ({
    ranked: ranked.toSorted((a, b) => score(b) - score(a)),
    evidence,
  }));
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

/** Vectors from the cache, or from the embedder, timed. */
async function embedded(texts: readonly string[]): Promise<number[][]> {
  const digest = createHash('sha256')
    .update(JSON.stringify([embedder.id, texts]))
    .digest('hex');
  const file = join(tmpdir(), `firememory-embeddings-${digest.slice(0, 16)}.json`);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as number[][];
  } catch {
    const start = performance.now();
    const vectors = await embedder.embed(texts);
    console.log(
      `embedded ${texts.length} texts, ${((performance.now() - start) / texts.length).toFixed(1)} ms each`,
    );
    writeFileSync(file, JSON.stringify(vectors));
    return vectors;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(24) + cells.map((cell) => cell.padStart(8)).join('');
}
