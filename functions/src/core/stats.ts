/** What each memory adds to the counters of its space, and what a change adds to them. */
import { STATS_SHARDS } from '../config.ts';
import type { Memory } from '../contract/types.ts';
import { digest } from './dedupe.ts';

/** What one memory is counted as. */
export interface Counted {
  /** Bytes of UTF-8 of its text and of its metadata as JSON. */
  readonly bytes: number;
  readonly kind: string;
  readonly tags: readonly string[];
}

/** A change of the counters of one shard; zero differences are left out. */
export interface StatsDelta {
  readonly count: number;
  readonly bytes: number;
  readonly byKind: ReadonlyMap<string, number>;
  readonly byTag: ReadonlyMap<string, number>;
}

/** What the memory is counted as. */
export function countedAs(memory: Pick<Memory, 'text' | 'metadata' | 'kind' | 'tags'>): Counted {
  const metadata = JSON.stringify(memory.metadata);
  return {
    bytes: Buffer.byteLength(memory.text) + Buffer.byteLength(metadata),
    kind: memory.kind,
    tags: memory.tags,
  };
}

/** The shard that counts a memory, for all of its life: `0` … `15`. */
export function statsShard(memoryId: string): string {
  return String((Buffer.from(digest(memoryId), 'base64url')[0] ?? 0) % STATS_SHARDS);
}

/** What the counters gain when memories that were counted as `before` are to be counted as `after`. */
export function statsDelta(before: readonly Counted[], after: readonly Counted[]): StatsDelta {
  const byKind = new Map<string, number>();
  const byTag = new Map<string, number>();
  let bytes = 0;
  const count = (counted: Counted, sign: 1 | -1) => {
    bytes += sign * counted.bytes;
    add(byKind, counted.kind, sign);
    for (const tag of counted.tags) add(byTag, tag, sign);
  };
  for (const counted of before) count(counted, -1);
  for (const counted of after) count(counted, 1);
  return { count: after.length - before.length, bytes, byKind, byTag };
}

/** The counters of a space or of one of its shards. */
export interface Stats {
  readonly count: number;
  readonly bytes: number;
  readonly byKind: ReadonlyMap<string, number>;
  readonly byTag: ReadonlyMap<string, number>;
}

/** Adds up the counters of shards; a name that nothing has any more is left out. */
export function sumStats(shards: readonly Stats[]): Stats {
  const byKind = new Map<string, number>();
  const byTag = new Map<string, number>();
  let count = 0;
  let bytes = 0;
  for (const shard of shards) {
    count += shard.count;
    bytes += shard.bytes;
    for (const [name, n] of shard.byKind) add(byKind, name, n);
    for (const [name, n] of shard.byTag) add(byTag, name, n);
  }
  return { count, bytes, byKind, byTag };
}

/** What has to be added to counters as they are so that they become as they are to be. */
export function statsGap(wanted: Stats, present: Stats): StatsDelta {
  const gap = (goal: ReadonlyMap<string, number>, from: ReadonlyMap<string, number>) => {
    const differences = new Map(goal);
    for (const [name, n] of from) add(differences, name, -n);
    return new Map([...differences].filter(([, n]) => n !== 0));
  };
  return {
    count: wanted.count - present.count,
    bytes: wanted.bytes - present.bytes,
    byKind: gap(wanted.byKind, present.byKind),
    byTag: gap(wanted.byTag, present.byTag),
  };
}

/** True iff applying the delta changes nothing. */
export function isZero(delta: StatsDelta): boolean {
  return delta.count === 0 && delta.bytes === 0 && delta.byKind.size === 0 && delta.byTag.size === 0;
}

function add(counts: Map<string, number>, name: string, difference: number): void {
  const sum = (counts.get(name) ?? 0) + difference;
  if (sum === 0) counts.delete(name);
  else counts.set(name, sum);
}
