/** Fills a space the fast way: batches of encoded memories and entries, as the write path would leave them. */

import { planIndex } from '../../functions/src/core/index-plan.ts';
import { TOKEN_DIMENSIONS } from '../../functions/src/core/late-interaction.ts';
import { createMemory } from '../../functions/src/core/memory.ts';
import { type Counted, statsDelta, statsShard } from '../../functions/src/core/stats.ts';
import { LOCAL_DIMENSIONS } from '../../functions/src/search/local-embedder.ts';
import type { Firestore } from '../../functions/src/storage/database.ts';
import { encodeEntry } from '../../functions/src/storage/entry-codec.ts';
import { encodeMemory } from '../../functions/src/storage/memory-codec.ts';
import type { SpacePaths } from '../../functions/src/storage/paths.ts';
import { blindWriter } from '../../functions/src/storage/writer.ts';
import { seeded } from './statistics.ts';
import { sentence } from './texts.ts';

/** Memories of one commit: two documents each, about 1.2 MB of the 3.5 MiB that the emulator takes well. */
const BATCH = 100;

/** Commits that are under way at once. */
const LANES = 4;

/** Milliseconds between the creation of one memory and the next. */
const STEP_MS = 1_000;

/** The id of a memory that the filling made. */
export function filledId(place: number): string {
  return `filled-${place}`;
}

/**
 * Fills a space with memories, the first of them the oldest. Without `whole` they are neither counted nor claimed; with
 * it all is derived, and the counters have to be there.
 * @param textOf the text of each, by its place; sentences by default
 */
export async function fill(
  database: Firestore,
  paths: SpacePaths,
  count: number,
  embedderId: string,
  textOf: (place: number) => string = sentence,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<void> {
  const starts = Array.from({ length: Math.ceil(count / BATCH) }, (_, n) => n * BATCH);
  const began = Date.now() - (count + 60) * STEP_MS;
  const lane = async () => {
    for (let start = starts.shift(); start !== undefined; start = starts.shift()) {
      const batch = database.batch();
      const writer = blindWriter(batch, 'any');
      const counted: [shard: string, Counted][] = [];
      for (let place = start; place < Math.min(count, start + BATCH); place += 1) {
        const { memory, entry } = documents(paths, place, { began, embedderId, text: textOf(place) });
        batch.set(paths.memory(filledId(place)), encodeMemory(memory));
        batch.set(paths.entry(filledId(place)), encodeEntry(entry));
        if (whole) writer.claim(paths.claim(entry.contentHash), filledId(place));
        counted.push([statsShard(filledId(place)), entry.counted]);
      }
      for (const [shard, those] of Map.groupBy(whole ? counted : [], ([name]) => name)) {
        const after = those.map(([, each]) => each);
        writer.count(paths.stats.doc(shard), statsDelta([], after));
      }
      await batch.commit();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

function documents(
  paths: SpacePaths,
  place: number,
  { began, embedderId, text }: { readonly began: number; readonly embedderId: string; readonly text: string },
) {
  const random = seeded(place);
  const direction = Array.from({ length: LOCAL_DIMENSIONS }, () => random() - 0.5);
  const norm = Math.hypot(...direction);
  const vector = direction.map((x) => x / norm);
  const record = createMemory(
    { text, tags: [`tag-${place % 20}`] },
    {
      actor: 'filling',
      now: began + place * STEP_MS,
      tenant: paths.tenantId,
      space: paths.spaceId,
      id: filledId(place),
      version: 1,
      place: 0,
    },
  );
  const tokens = [...record.memory.text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
    start: index,
    end: index + word.length,
    vector: Array.from({ length: TOKEN_DIMENSIONS }, () => random() - 0.5),
  }));
  const plan = planIndex(record, null, {
    embedderId,
    of: () => ({ vector, tokens }),
  });
  if (plan.action !== 'write') throw new Error('A new memory needs an entry.');
  return { memory: record, entry: plan.entry };
}
