/** How good the answers to questions are whose evidence is known. */

/** What was found for one question. */
export interface Answer {
  /** The kind of question, such as the category of LoCoMo. */
  readonly category: string;
  /** What should be found: at least one id, none twice. */
  readonly evidence: readonly string[];
  /** The ids that were found, best first: as many as count for MRR. */
  readonly found: readonly string[];
}

/** Means over questions, each in 0 … 1. */
export interface Quality {
  /** By k: the share of a question's evidence that is among the first k found. */
  readonly recall: Readonly<Record<'5' | '10' | '20', number>>;
  /** The share of questions that have any evidence among the first ten. */
  readonly hit10: number;
  /** One divided by the place of the first evidence, nothing where none was found. */
  readonly mrr: number;
  /** How many questions it is the mean of. */
  readonly questions: number;
}

/** The quality of the answers; all zero if there are none. */
export function qualityOf(answers: readonly Answer[]): Quality {
  const over = (value: (answer: Answer) => number) =>
    rounded(answers.reduce((sum, answer) => sum + value(answer), 0) / Math.max(1, answers.length));
  return {
    recall: {
      '5': over((answer) => recallAt(5, answer)),
      '10': over((answer) => recallAt(10, answer)),
      '20': over((answer) => recallAt(20, answer)),
    },
    hit10: over((answer) => (recallAt(10, answer) > 0 ? 1 : 0)),
    mrr: over(reciprocalRank),
    questions: answers.length,
  };
}

/** The quality of the answers of each category, in the order of their names. */
export function byCategory(answers: readonly Answer[]): Record<string, Quality> {
  const groups = [...Map.groupBy(answers, ({ category }) => category)].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(groups.map(([category, group]) => [category, qualityOf(group)]));
}

/** The share of the evidence that is among the first k found. */
export function recallAt(k: number, { evidence, found }: Answer): number {
  const first = new Set(found.slice(0, k));
  return evidence.filter((id) => first.has(id)).length / Math.max(1, evidence.length);
}

/** One divided by the place of the first evidence, from 1 on; 0 where none was found. */
export function reciprocalRank({ evidence, found }: Answer): number {
  const place = found.findIndex((id) => evidence.includes(id));
  return place < 0 ? 0 : 1 / (place + 1);
}

/** Four places: a question more or less among 760 changes the third. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
