/** What the parts of the benchmark share. */
import type { Firestore } from '../../functions/src/storage/database.ts';
import type { WarmedEmbedder } from '../latency/warmed-embedder.ts';

/** A database of its own: the functions emulator runs the triggers on the default one alone. */
export const DERIVED_DATABASE = 'derived';

/** What a part measures with. */
export interface Bench {
  /** `DERIVED_DATABASE`, in which no trigger runs by itself. */
  readonly database: Firestore;
  /** The default database, on which the functions emulator runs the triggers. */
  readonly live: Firestore;
  readonly embedder: WarmedEmbedder;
  readonly options: BenchOptions;
}

/** How much is measured. */
export interface BenchOptions {
  /** Writes of the burst. */
  readonly burst: number;
  /** Milliseconds after which a part ends with what it has. */
  readonly time: number;
}

/** One line of the result: a name, and figures whose names say what they are. */
export type Row = { readonly name: string } & Readonly<Record<string, string | number | null>>;

/** Measures one thing. Its rows have the same figures, so that they make one table. */
export interface Part {
  readonly title: string;
  run(bench: Bench): Promise<readonly Row[]>;
}

/** The rows of a part as a table. */
export function table(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '–')))];
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => line[n]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
