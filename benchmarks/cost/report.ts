/** From samples to what `bench:cost` tells. */
import { quantile } from '../latency/statistics.ts';
import { type Bill, total } from './billing.ts';
import type { FirstSearch } from './first-search.ts';
import type { Searched } from './space.ts';

/** The most that a search may take, as a multiple of its bare vector query. */
export const MOST = 2;

/** What was measured in one space. */
export interface Measured {
  readonly memories: number;
  readonly searches: readonly Searched[];
  /** Milliseconds of the bare vector query, and of one for as many whole documents as a search returns. */
  readonly bare: readonly number[];
  readonly bareWhole: readonly number[];
  readonly first: readonly FirstSearch[];
}

/** One line; medians, in milliseconds and reads, where nothing else is said. */
export interface Row {
  readonly memories: number;
  readonly searchMs: number;
  readonly searchP95Ms: number;
  readonly bareMs: number;
  /** A search divided by its bare vector query. */
  readonly ratio: number;
  readonly bareWholeMs: number;
  readonly ratioToWhole: number;
  readonly firstMs: number;
  readonly reads: Bill & { readonly total: number; readonly p95: number };
  /** Reads of the first search of a new instance. */
  readonly firstReads: number;
  /** As the meter of the functions counts them. */
  readonly meteredReads: number;
}

/** How much more a search of the last space takes than one of another, where that has fewer memories. */
export interface Growth {
  readonly memories: string;
  readonly search: number;
  readonly bare: number;
  readonly reads: number;
}

/** The line of a space. */
export function rowOf({ memories, searches, bare, bareWhole, first }: Measured): Row {
  const searchMs = median(searches.map(({ ms }) => ms));
  const of = (part: (bill: Bill) => number) => median(searches.map(({ bill }) => part(bill)));
  return {
    memories,
    searchMs: rounded(searchMs),
    searchP95Ms: rounded(
      quantile(
        searches.map(({ ms }) => ms),
        0.95,
      ),
    ),
    bareMs: rounded(median(bare)),
    ratio: rounded(searchMs / median(bare)),
    bareWholeMs: rounded(median(bareWhole)),
    ratioToWhole: rounded(searchMs / median(bareWhole)),
    firstMs: rounded(median(first.map((each) => each.first.ms))),
    reads: {
      documents: of(({ documents }) => documents),
      scanned: of(({ scanned }) => scanned),
      counted: of(({ counted }) => counted),
      total: of(total),
      p95: rounded(
        quantile(
          searches.map(({ bill }) => total(bill)),
          0.95,
        ),
      ),
    },
    firstReads: median(first.map((each) => total(each.first.bill))),
    meteredReads: median(searches.map(({ metered }) => metered)),
  };
}

/** The growth from each space to the largest. */
export function growthOf(rows: readonly Row[]): Growth[] {
  const last = rows.at(-1);
  if (last === undefined) return [];
  return rows.slice(0, -1).map((row) => ({
    memories: `${row.memories} to ${last.memories}`,
    search: rounded(last.searchMs / row.searchMs),
    bare: rounded(last.bareMs / row.bareMs),
    reads: rounded(last.reads.total / row.reads.total),
  }));
}

/** Both as text. */
export function tableOf(rows: readonly Row[], growth: readonly Growth[]): string {
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell) => String(cell).padStart(11)).join('');
  const costs = rows.map((row) => {
    const { documents, scanned, counted, total: all, p95 } = row.reads;
    return line([row.memories, documents, scanned, counted, all, p95, row.firstReads, row.meteredReads]);
  });
  const times = rows.map((row) => {
    const { memories, searchMs, searchP95Ms, bareMs, ratio, bareWholeMs, ratioToWhole, firstMs } = row;
    const cells = line([memories, searchMs, searchP95Ms, bareMs, ratio, bareWholeMs, ratioToWhole, firstMs]);
    return `${cells}   ${ratio <= MOST ? 'pass' : 'FAIL'}: ${ratio} ≤ ${MOST}`;
  });
  const grown = growth.map(({ memories, search, bare, reads }) =>
    [memories.padStart(22), line([search, bare, reads])].join(''),
  );
  return [
    'Reads of a search, medians: documents, index entries scanned and counted, all',
    line(['memories', 'documents', 'scanned', 'counted', 'all', 'all p95', 'first', 'metered']),
    ...costs,
    '\nMilliseconds: the search, the bare vector query, and one for whole documents of the limit of the search',
    line(['memories', 'search', 'p95', 'bare', '/ bare', 'whole', '/ whole', 'first']),
    ...times,
    '\nGrowth',
    `${' '.repeat(22)}${line(['search', 'bare', 'reads'])}`,
    ...grown,
  ].join('\n');
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
