/** The findings as lines for people. */
import type { Findings, MissingIndex } from './compare.ts';
import { describeIndex } from './index-shape.ts';

/** What to tell besides the findings. */
export interface ReportOptions {
  /** How the index file is called. */
  readonly file: string;
  /** False if only a part of the queries was made: then nothing is said of what was not used. */
  readonly whole: boolean;
  /** Databases that were named, and of which nothing is reported. */
  readonly silent?: readonly string[];
}

/** The lines, the verdict last. */
export function reportText(findings: Findings, { file, whole, silent = [] }: ReportOptions): string {
  const { missing, unused, unjudged, taken, staleAllowances, used } = findings;
  const lines = missing.flatMap((one) => missingLines(one, file));
  if (whole) {
    for (const index of unused) lines.push(`Unused: ${describeIndex(index)}`);
    for (const { index } of staleAllowances)
      lines.push(`Allowed, but used by nothing: ${describeIndex(index)}`);
    for (const index of taken)
      lines.push(`Taken for the conditions of a vector query: ${describeIndex(index)}`);
  }
  for (const name of silent) lines.push(`No index was used in ${name}. Is there such a database?`);
  for (const index of unjudged) {
    lines.push(`Not judged, as no vector queries were given: ${describeIndex(index)}`);
  }
  const rest = whole ? `, ${unused.length} unused` : '';
  return [...lines, `${file}: ${used} used, ${missing.length} missing${rest}.`].join('\n');
}

function missingLines({ index, queries, list, add, notes }: MissingIndex, file: string): string[] {
  const by = queries === 0 ? 'a vector query' : `${queries} ${queries === 1 ? 'query' : 'queries'}`;
  return [
    `Missing: ${describeIndex(index)} (used by ${by}). In "${list}" of ${file}:`,
    ...JSON.stringify(add, null, 2)
      .split('\n')
      .map((line) => `  ${line}`),
    ...notes.map((note) => `  ${note}`),
  ];
}
