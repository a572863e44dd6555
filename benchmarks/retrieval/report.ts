/** What `bench:retrieval` tells. */
import { quantile } from '../latency/statistics.ts';
import { type Answer, byCategory, type Quality, qualityOf } from './metrics.ts';
import { DEEP, MODES, type Timed, USUAL } from './passes.ts';

/** The middle of some values, and what one in twenty is above. */
export interface Spread {
  readonly p50: number;
  readonly p95: number;
}

/** All that was asked about one conversation. */
export interface Asked {
  readonly conversation: string;
  readonly turns: number;
  readonly usual: readonly Timed[];
  /** In the order of the questions. */
  readonly answers: Readonly<Record<(typeof MODES)[number], readonly Answer[]>>;
}

/** The file that is written; at the top level it is about hybrid. */
export interface Outcome extends Quality {
  readonly byCategory: Readonly<Record<string, Quality>>;
  /** Document reads of a usual search. */
  readonly reads: Spread;
  /** Milliseconds of a usual search. */
  readonly latency: Spread;
  readonly modes: Readonly<Record<string, Quality>>;
  readonly byConversation: Readonly<Record<string, Quality>>;
  readonly protocol: Readonly<Record<string, unknown>>;
}

/** The least that hybrid searches may reach, as the issue asks on the development half of LoCoMo. */
export const FLOOR = { recall10: 0.77, hit10: 0.84, reads: 101 } as const;

/** What of an outcome is worse than it may be, each with its value; empty if nothing is. */
export function belowFloor({ recall, hit10, reads }: Pick<Outcome, 'recall' | 'hit10' | 'reads'>): string[] {
  const told = [
    recall[10] >= FLOOR.recall10 ? [] : [`recall@10 ${recall[10]} < ${FLOOR.recall10}`],
    hit10 >= FLOOR.hit10 ? [] : [`hit@10 ${hit10} < ${FLOOR.hit10}`],
    reads.p50 <= FLOOR.reads ? [] : [`reads p50 ${reads.p50} > ${FLOOR.reads}`],
  ];
  return told.flat();
}

/** Sums up. */
export function outcomeOf(way: string, asked: readonly Asked[]): Outcome {
  const hybrid = asked.flatMap(({ answers }) => answers.hybrid);
  const usual = asked.flatMap((each) => each.usual);
  return {
    ...qualityOf(hybrid),
    byCategory: byCategory(hybrid),
    reads: spread(usual.map(({ reads }) => reads)),
    latency: spread(usual.map(({ latencyMs }) => latencyMs)),
    modes: Object.fromEntries(
      MODES.map((mode) => [mode, qualityOf(asked.flatMap(({ answers }) => answers[mode]))]),
    ),
    byConversation: Object.fromEntries(
      asked.map(({ conversation, answers }) => [conversation, qualityOf(answers.hybrid)]),
    ),
    protocol: {
      way,
      conversations: asked.length,
      turns: asked.reduce((sum, { turns }) => sum + turns, 0),
      quality: `every question, limit ${DEEP}`,
      readsAndLatency: `${usual.length} questions asked for the first time one by one, hybrid, limit ${USUAL}, embedding included`,
      readsAreFrom: 'the operation log of the search, without admission',
      sameFirstResults: sameFirst(asked),
    },
  };
}

/** The share of usual searches whose results are the first of the deep search, in the same order. */
function sameFirst(asked: readonly Asked[]): number {
  const same = asked.flatMap(({ usual, answers }) =>
    usual.map(({ place, ids }) => answers.hybrid[place]?.found.slice(0, USUAL).join() === ids.join()),
  );
  return same.filter(Boolean).length / Math.max(1, same.length);
}

/** The table of an outcome, in per cent. */
export function tableOf(outcome: Outcome): string {
  const { p50, p95 } = outcome.latency;
  const sections = [
    rows('mode', outcome.modes),
    rows('hybrid, category', outcome.byCategory),
    rows('hybrid, conversation', outcome.byConversation),
  ];
  const usual = `a search of ${USUAL}: reads p50 ${outcome.reads.p50}, p95 ${outcome.reads.p95}; ms p50 ${p50}, p95 ${p95}`;
  const notes = Object.entries(outcome.protocol).map(([name, value]) => `${name}: ${String(value)}`);
  return [...sections, usual, notes.join('\n')].join('\n\n');
}

function rows(title: string, qualities: Readonly<Record<string, Quality>>): string {
  const cell = (text: string) => text.padStart(10);
  const head = title.padEnd(22) + ['R@5', 'R@10', 'R@20', 'hit@10', 'MRR', 'questions'].map(cell).join('');
  const lines = Object.entries(qualities).map(([name, { recall, hit10, mrr, questions }]) => {
    const shares = [recall[5], recall[10], recall[20], hit10, mrr].map((x) => cell((100 * x).toFixed(1)));
    return name.padEnd(22) + shares.join('') + cell(String(questions));
  });
  return [head, ...lines].join('\n');
}

function spread(values: readonly number[]): Spread {
  const at = (q: number) => Math.round(quantile(values, q) * 10) / 10;
  return { p50: at(0.5), p95: at(0.95) };
}
