/** Reads the emulator's report of what each expression of the rules came to. */
import { RULES_SOURCE } from '../support/rules-environment.ts';

/** An expression in the emulator's report, with how often it came to each value. */
interface ReportedExpression {
  sourcePosition: { line: number; currentOffset: number; endOffset: number };
  values?: readonly { value: { boolValue?: boolean } }[];
  children?: readonly ReportedExpression[];
}

/** Words that make an expression a condition: without one it may be a path, a value or a call. */
const COMPARES = /==|!=|<|>|&&|\|\||\bin\b|\bexists\(|\bis[A-Z]|\bcan[A-Z]/;

/**
 * The conditions of the rules that never held, or never failed to, each as `line: text`. The emulator counts
 * what it evaluated before it had the documents as undefined; that is neither.
 */
export function oneSidedConditions(report: unknown): string[] {
  const seen = new Map<string, Set<boolean>>();
  const visit = (expression: ReportedExpression): void => {
    const { line, currentOffset, endOffset } = expression.sourcePosition;
    const text = RULES_SOURCE.slice(currentOffset, endOffset + 1).replaceAll(/\s+/g, ' ');
    const key = `${line}: ${text}`;
    const values = seen.get(key) ?? new Set();
    for (const { value } of expression.values ?? []) {
      if (value.boolValue !== undefined) values.add(value.boolValue);
    }
    if (COMPARES.test(text) || values.size > 0) seen.set(key, values);
    for (const child of expression.children ?? []) visit(child);
  };
  for (const expression of expressionsOf(report)) visit(expression);
  if (seen.size === 0) throw new Error('The emulator reported no expression.');
  return [...seen].filter(([, values]) => values.size < 2).map(([key]) => key);
}

function expressionsOf(report: unknown): readonly ReportedExpression[] {
  if (typeof report !== 'object' || report === null || !('report' in report)) return [];
  return Array.isArray(report.report) ? report.report : [];
}
