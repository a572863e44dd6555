/** A walk over all that is stored of a space: where it is, as plain JSON, and how each of its steps ends. */
import type { Transaction } from 'firebase-admin/firestore';
import * as z from 'zod';
import { VERIFY } from '../config.ts';
import { NOTHING_FOUND, type Tally } from '../core/difference.ts';
import { type Counting, EVERY_SHARD } from './count-space.ts';
import type { Firestore } from './database.ts';
import type { EmbeddingCache } from './embeddings.ts';
import type { SpacePaths } from './paths.ts';
import type { TransactionReads } from './transaction-reads.ts';

/** A space that is walked over. */
export interface Walk {
  readonly database: Firestore;
  readonly paths: SpacePaths;
  readonly embeddings: EmbeddingCache;
  /** Whether what differs is mended, or only told. */
  readonly mends: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly signal?: AbortSignal;
}

const pairs = z.array(z.tuple([z.string(), z.number()]));
const sums = z.object({ count: z.number(), bytes: z.number(), byKind: pairs, byTag: pairs });
const shards = z.tuple([z.int(), z.int()]);

const counting = z.object({
  at: z.tuple([z.int(), z.int()]),
  after: z.string().nullable(),
  shards,
  sums: z.record(z.string(), sums),
}) satisfies z.ZodType<Counting>;

const KINDS = [
  'missing-entry',
  'stale-entry',
  'damaged-entry',
  'orphan-entry',
  'damaged-memory',
  'incomplete-memory',
  'missing-claim',
  'missing-marker',
  'leftover-claim',
  'leftover-marker',
  'wrong-counters',
] as const;

/** A tally as it is stored. */
export const storedTally = z.object({
  memories: z.int(),
  entries: z.int(),
  differences: z.partialRecord(z.enum(KINDS), z.int()),
  mended: z.int(),
}) satisfies z.ZodType<Tally>;

/** What is gone over, in this order: memories with their entries, claims, markers of sessions, counters. */
const STAGES = ['memories', 'claims', 'markers', 'counters'] as const;

const walkPosition = z.object({
  tally: storedTally,
  stage: z.enum(STAGES),
  /** The id after which the next page of this stage begins. */
  after: z.string().nullable(),
  /** Memories, and entries, of the next page. */
  limit: z.int(),
  /** The shards that are still to be counted, and the count of the first of them, once it is under way. */
  shards,
  counting: counting.nullable(),
  /** Documents among the counters that could not be read, of which nothing was told yet. */
  unsound: z.array(z.string()),
});

/** Where the next step of a walk begins. */
export interface WalkPosition {
  readonly tally: Tally;
  readonly stage: (typeof STAGES)[number];
  readonly after: string | null;
  readonly limit: number;
  readonly shards: readonly [from: number, to: number];
  readonly counting: Counting | null;
  readonly unsound: readonly string[];
}

/** Reads a position that was stored as JSON; the beginning, if it is null. */
export function readPosition(stored: unknown): WalkPosition {
  return stored === null ? BEGINNING : walkPosition.parse(stored);
}

const BEGINNING: WalkPosition = {
  tally: NOTHING_FOUND,
  stage: 'memories',
  after: null,
  limit: VERIFY.PAGE,
  shards: EVERY_SHARD,
  counting: null,
  unsound: [],
};

/** What a step came to. */
export interface WalkStep {
  readonly position: WalkPosition;
  /** Memories that it looked at. */
  readonly looked: number;
  readonly isLast: boolean;
}

/**
 * How a step ends: at once, or by a transaction that reads, and then writes; `ids` are the memories that it mends,
 * where it may as well mend fewer of them.
 */
export type StepEnd<R = WalkStep> =
  | { readonly done: R }
  | {
      readonly mend: (
        reads: TransactionReads,
        transaction: Transaction,
      ) => Promise<(transaction: Transaction) => R>;
      readonly ids?: readonly string[];
    };

/** The same end with something else made of what it comes to. */
export function mapEnd<A, B>(end: StepEnd<A>, map: (found: A) => B): StepEnd<B> {
  if ('done' in end) return { done: map(end.done) };
  return {
    ...end,
    mend: async (reads, transaction) => {
      const write = await end.mend(reads, transaction);
      return (writer) => map(write(writer));
    },
  };
}
