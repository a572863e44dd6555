/** One step of a purge: reads the next memories that may match, and deletes those that do, or counts them. */
import type { DocumentSnapshot, Query } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import * as z from 'zod';
import { PURGE, SCAN } from '../config.ts';
import type { Memory, MemoryPurgeRequest } from '../contract/types.ts';
import type { CursorPosition } from '../core/cursor.ts';
import { type FilterTree, passes } from '../core/filter.ts';
import { advance, type JobRecord, succeed } from '../core/job.ts';
import { parsePurgeFilter } from '../core/purge-filter.ts';
import { encodeJob } from './job-codec.ts';
import { type JobStep, readForStep } from './job-step.ts';
import type { Keeping } from './keeping.ts';
import { decodeMemory } from './memory-codec.ts';
import type { SpacePaths } from './paths.ts';
import { filteredQuery, positionOf, toStored, visible } from './queries.ts';
import { mutate } from './write-path.ts';

/** What a purge was asked to do. Memories that were created after `before` are not concerned. */
export interface PurgeInput {
  readonly filter: MemoryPurgeRequest['filter'];
  readonly dryRun: boolean;
  /** Milliseconds since the epoch at which the call began. */
  readonly before: number;
  /** How long the histories of what it deletes are kept: as the tenant had it when the call began. */
  readonly keeping: Keeping;
  /** Whether its call had a key, and so can be repeated. */
  readonly isKeyed: boolean;
}

const purgeInput = z.object({
  filter: z.custom<MemoryPurgeRequest['filter']>((value) => typeof value === 'object' && value !== null),
  dryRun: z.boolean(),
  before: z.number(),
  keeping: z.object({ receiptMs: z.number(), retentionMs: z.number() }),
  isKeyed: z.boolean().default(true),
});

/**
 * True iff nobody can hear any more what became of the purge: its call had no key, and ended without having
 * told its id. To go on with it would delete, at some later time, what its caller has restored since. What was
 * asked is forgotten with the end, so a purge that has ended is none.
 */
export function isAbandoned({ kind, background, input }: JobRecord): boolean {
  return kind === 'purge' && !background && purgeInput.safeParse(input).data?.isKeyed === false;
}

/** What a purge has found: the memories of the sample by id and version, since their texts stay in the space. */
export const purgeTally = z.object({
  matched: z.int(),
  deleted: z.int(),
  sample: z.array(z.object({ id: z.string(), version: z.int() })),
});

const purgePosition = purgeTally.extend({
  after: z.array(z.union([z.string(), z.number()])).nullable(),
});

const ORDER = ['createdAt'] as const;

const BEGINNING: z.infer<typeof purgePosition> = { matched: 0, deleted: 0, sample: [], after: null };

/** The memories that a purge has to look at, oldest first. */
export function purgeQuery(paths: SpacePaths, filter: FilterTree, before: number): Query {
  const ordered = filteredQuery(paths, filter, { field: 'createdAt', direction: 'asc' });
  return ordered.where('createdAt', '<=', Timestamp.fromMillis(before));
}

/** The memories that a purge has still to look at, from its next step on. */
export function restOfPurge(paths: SpacePaths, job: JobRecord): Query {
  const { filter, before } = purgeInput.parse(job.input);
  const { after } = purgePosition.parse(job.position ?? BEGINNING);
  const query = purgeQuery(paths, parsePurgeFilter(filter), before);
  return after === null ? query : query.startAfter(...toStored(ORDER, after));
}

/** Some memories that were looked at. */
export interface Chunk {
  readonly matches: readonly Memory[];
  /** How many were looked at, and where the next ones begin. */
  readonly looked: number;
  readonly after: CursorPosition | null;
  readonly isLast: boolean;
}

/** Looks at the next memories, until enough of them match. */
export async function readChunk(
  query: Query,
  filter: FilterTree,
  after: CursorPosition | null,
  { paths, now, most }: { readonly paths: SpacePaths; readonly now: number; readonly most: number },
): Promise<Chunk> {
  const from = after === null ? query : query.startAfter(...toStored(ORDER, after));
  const { docs } = await from.limit(SCAN.CHUNK).get();
  const matches: Memory[] = [];
  let looked = 0;
  let position = after;
  for (const document of docs) {
    if (matches.length === most) break;
    looked += 1;
    position = positionOf(ORDER, document) ?? position;
    const memory = visible(document, paths, { actor: '', now });
    if (memory !== null && passes(filter, memory)) matches.push(memory);
  }
  return { matches, looked, after: position, isLast: looked === docs.length && docs.length < SCAN.CHUNK };
}

/**
 * Makes one step of a purge. What is deleted is decided by the memories as they are in its transaction: one
 * that was changed meanwhile so that it no longer matches stays.
 */
export const purgeStep: JobStep = async (scene, job) => {
  const { filter, dryRun, before, keeping } = purgeInput.parse(job.input);
  const tree = parsePurgeFilter(filter);
  const tally = purgePosition.parse(job.position ?? BEGINNING);
  const paths = scene.paths.space(job.space);
  const now = scene.now();
  const query = purgeQuery(paths, tree, before);
  const chunk = await readChunk(query, tree, tally.after, { paths, now, most: PURGE.CHUNK });
  const ids = dryRun ? [] : chunk.matches.map(({ id }) => id);
  const { answer } = await mutate(scene.database, scene.embeddings, {
    identity: { operation: 'memory.purge', key: undefined, body: null },
    paths,
    call: { actor: job.createdBy, now, ...(scene.signal && { signal: scene.signal }) },
    ids,
    keeping,
    decide: async (reads) => {
      const [{ present, isDue }, documents] = await Promise.all([
        readForStep(reads, scene.paths, job),
        reads.documents(ids.map(paths.memory)),
      ]);
      if (!isDue) return { changes: [], answer: present };
      const records = documents.flatMap((document) => {
        const record = livingRecord(document, paths, now);
        const matches = record !== null && passes(tree, record.memory);
        return matches && Date.parse(record.memory.createdAt) <= before ? [record] : [];
      });
      const found = dryRun ? chunk.matches : records.map(({ memory }) => memory);
      const shown = found.map(({ id, version }) => ({ id, version }));
      const total = {
        matched: tally.matched + found.length,
        deleted: tally.deleted + records.length,
        sample: [...tally.sample, ...shown].slice(0, PURGE.SAMPLE),
      };
      const next = chunk.isLast
        ? succeed(present, total, chunk.looked, now)
        : advance(present, { ...total, after: chunk.after }, chunk.looked, now);
      return {
        changes: records.map((record) => ({ id: record.memory.id, before: record, after: null })),
        answer: next,
        also: (transaction) => transaction.set(scene.paths.job(job.id), encodeJob(next)),
      };
    },
  });
  return answer;
};

function livingRecord(document: DocumentSnapshot, paths: SpacePaths, now: number) {
  const memory = visible(document, paths, { actor: '', now });
  return memory === null ? null : (decodeMemory(document, paths)?.record ?? null);
}
