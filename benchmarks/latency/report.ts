/** From samples to rows, and rows to a table. */
import type { Footprint } from './footprint.ts';
import type { Pair } from './operations.ts';
import { quantile } from './statistics.ts';

/** One line of the result. Milliseconds; ratios are of medians. */
export interface Row {
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  /** To storing one memory, without its index entry, by one `set()`. Null where that says nothing. */
  readonly ratioToSet: number | null;
  /** To the same shape by hand; what that is for the other rows, their name says. */
  readonly ratioToShape: number | null;
  readonly reads: number;
  readonly writes: number;
}

/** What a row must hold. */
export interface Target {
  readonly row: string;
  readonly of: 'ratioToSet' | 'ratioToShape';
  readonly most: number;
}

type Samples = ReadonlyMap<string, readonly number[]>;

/**
 * Makes a row; `base` names the case that `ratioToShape` compares with, `times` how many of it. The ratios do
 * not count the median of the case `without`.
 */
export function makeRow(
  samples: Samples,
  name: string,
  from: {
    readonly of: string;
    readonly base: string | null;
    readonly times?: number;
    readonly without?: string | undefined;
  },
  { reads, writes }: Footprint,
): Row {
  const values = samples.get(from.of) ?? [];
  const p50 = quantile(values, 0.5);
  const apart = from.without === undefined ? 0 : quantile(samples.get(from.without) ?? [], 0.5);
  const set = quantile(samples.get('set') ?? [], 0.5);
  const base = from.base === null ? null : quantile(samples.get(from.base) ?? [], 0.5) * (from.times ?? 1);
  return {
    name,
    p50: rounded(p50),
    p95: rounded(quantile(values, 0.95)),
    ratioToSet: rounded((p50 - apart) / set),
    ratioToShape: base === null ? null : rounded((p50 - apart) / base),
    reads,
    writes,
  };
}

/** The row of an operation. */
export function pairRow(samples: Samples, { name, operation, shape, footprint }: Pair): Row {
  return makeRow(samples, name, { of: operation.name, base: shape.name }, footprint);
}

/** How much slower an operation, and its shape by hand, are in the large space than in the small one. */
export function growthRows(samples: Samples, small: Pair, large: Pair): Row[] {
  const rows = [
    [large.operation.name, small.operation.name, large.footprint],
    [large.shape.name, small.shape.name, large.shapeFootprint],
  ] as const;
  return rows.map(([of, base, footprint]) =>
    makeRow(samples, `growth: ${of} / ${base}`, { of, base }, footprint),
  );
}

/** The table, and whether every target holds. */
export function report(rows: readonly Row[], targets: readonly Target[]): { table: string; holds: boolean } {
  let holds = true;
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(9)).join('');
  const lines = rows.map((row) => {
    const verdicts = targets
      .filter((target) => target.row === row.name)
      .map(({ of, most }) => {
        const value = row[of] ?? Number.NaN;
        const passed = value <= most;
        holds &&= passed;
        return `${passed ? 'pass' : 'FAIL'}: ${value} ≤ ${most}`;
      });
    const { p50, p95, ratioToSet, ratioToShape, reads, writes } = row;
    const values = [p50, p95, ratioToSet, ratioToShape, reads, writes].map((value) => String(value ?? '–'));
    return `${row.name.padEnd(width)}${cells(values)}   ${verdicts.join(', ')}`.trimEnd();
  });
  const head = 'name'.padEnd(width) + cells(['p50 ms', 'p95 ms', '/ set', '/ shape', 'reads', 'writes']);
  return { table: [head, ...lines].join('\n'), holds };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
