import assert from 'node:assert/strict';
import type { DifferenceKind } from '../../../functions/src/contract/types.ts';
import { digest } from '../../../functions/src/core/dedupe.ts';
import type { Tally } from '../../../functions/src/core/difference.ts';
import { documentVector, signedBytes } from '../../../functions/src/core/joined-vector.ts';
import { statsShard } from '../../../functions/src/core/stats.ts';
import { embedder } from '../../../functions/src/search/instance-embedder.ts';
import { FieldValue, Timestamp } from '../../../functions/src/storage/database.ts';
import { EmbeddingCache } from '../../../functions/src/storage/embeddings.ts';
import type { SpacePaths } from '../../../functions/src/storage/paths.ts';
import { walkSpace } from '../../../functions/src/storage/verify-space.ts';
import { differences as recomputed } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { someMemories } from '../../support/some-memories.ts';
import { changed, dumpOf } from '../../support/space-dump.ts';
import { callBy, openManager, spaceOf, testDatabase } from '../../support/storage.ts';

const ann = () => callBy('ann');

function walk(paths: SpacePaths, mends: boolean): Promise<Tally> {
  const embeddings = new EmbeddingCache(embedder);
  return walkSpace({ database: testDatabase(), paths, embeddings, mends, now: Date.now });
}

/** A space with varied memories, and another one beside it. */
async function openSpace() {
  const { manager, tenantId } = openManager();
  await someMemories(manager, 's', ann());
  await manager.add('other', { memories: [{ id: 'fact-1', text: 'of another space' }] }, ann());
  return { manager, paths: spaceOf(tenantId, 's'), other: spaceOf(tenantId, 'other') };
}

/** A damage: what is done to a sound space, what is found then, and whether the space is then as it was. */
interface Damage {
  readonly title: string;
  readonly expected: { readonly [K in DifferenceKind]?: number };
  readonly mended?: number;
  /** The documents that differ from the sound space when all is mended: none by default. */
  readonly left?: readonly string[];
  inflict(paths: SpacePaths): Promise<unknown>;
}

const shardOf = (paths: SpacePaths, id: string) => paths.stats.doc(statsShard(id));

const DAMAGES: readonly Damage[] = [
  {
    title: 'an entry that is missing, of which the counters still know',
    expected: { 'missing-entry': 1, 'wrong-counters': 1 },
    inflict: (paths) => paths.entry('fact-1').delete(),
  },
  {
    title: 'an entry of an earlier version',
    expected: { 'stale-entry': 1 },
    inflict: (paths) => paths.entry('fact-1').update({ fingerprint: 'old', tags: ['old'], version: 0 }),
  },
  {
    title: 'an entry that lacks what it needs',
    expected: { 'damaged-entry': 1 },
    inflict: (paths) => paths.entry('fact-1').update({ vector: FieldValue.delete() }),
  },
  {
    title: 'an entry whose words were changed while it says that it is right',
    expected: { 'damaged-entry': 1 },
    inflict: (paths) => paths.entry('fact-1').update({ terms: ['other'], frequencies: [1] }),
  },
  {
    title: 'an entry whose vector was changed while it says that it is right',
    expected: { 'damaged-entry': 1 },
    inflict: (paths) => paths.entry('fact-1').update({ vector: FieldValue.vector(new Array(896).fill(0.1)) }),
  },
  {
    title: 'an entry whose meaning and vector were changed alike, while it says that it is right',
    expected: { 'damaged-entry': 1 },
    inflict: async (paths) => {
      const [of, other] = [await paths.entry('fact-1').get(), await paths.entry('fact-4').get()];
      const semantic = new Uint8Array(other.get('semantic'));
      const terms = new Map<string, number>(
        of.get('terms').map((term: string, n: number) => [term, Number(of.get('frequencies')[n])]),
      );
      const vector = documentVector(terms, Number(of.get('length')), signedBytes(semantic));
      await of.ref.update({ semantic: Buffer.from(semantic), vector: FieldValue.vector([...vector]) });
    },
  },
  {
    title: 'an entry that was counted as something else',
    expected: { 'damaged-entry': 1, 'wrong-counters': 1 },
    inflict: (paths) => paths.entry('fact-1').update({ 'counted.bytes': 7 }),
  },
  {
    title: 'an entry without its memory',
    expected: { 'orphan-entry': 1, 'wrong-counters': 1 },
    inflict: async (paths) => {
      const entry = await paths.entry('fact-1').get();
      await paths.entry('stranger').set({ ...entry.data() });
    },
  },
  {
    title: 'a memory that cannot be read, with its entry',
    expected: { 'damaged-memory': 1, 'orphan-entry': 1 },
    mended: 1,
    left: ['index/fact-1', 'memories/fact-1', 'claims'],
    inflict: (paths) => paths.memory('fact-1').update({ text: 7 }),
  },
  {
    title: 'a memory that was written by hand',
    expected: { 'incomplete-memory': 1, 'missing-entry': 1, 'missing-claim': 1, 'missing-marker': 1 },
    inflict: (paths) =>
      paths.memory('by-hand').set({ text: 'by hand', kind: 'message', sessionId: 'by-hand', role: 'user' }),
    left: ['memories/by-hand', 'index/by-hand', 'sessions/by-hand', 'claims'],
  },
  {
    title: 'a claim that is missing',
    expected: { 'missing-claim': 1 },
    inflict: async (paths) => {
      const hash = (await paths.entry('fact-1').get()).get('contentHash');
      await paths.claim(hash).delete();
    },
  },
  {
    title: 'the marker of a session that is missing: once for each of its turns',
    expected: { 'missing-marker': 3 },
    inflict: (paths) => paths.session('chat').delete(),
  },
  {
    title: 'the marker of a session that is too early',
    expected: { 'missing-marker': 3 },
    inflict: (paths) => paths.session('chat').set({ lastAt: 5 }),
  },
  {
    title: 'the marker of a session that is no time',
    expected: { 'missing-marker': 3 },
    inflict: (paths) => paths.session('chat').set({ lastAt: Number.NaN }),
  },
  {
    title: 'the marker of a session that nobody has spoken in',
    expected: { 'leftover-marker': 1 },
    inflict: (paths) => paths.session('silent').set({ lastAt: Date.now() }),
  },
  {
    title: 'a claim to a content that no memory has, or ever had',
    expected: { 'leftover-claim': 2 },
    inflict: async (paths) => {
      await paths.claim(digest('nobody says so')).set({ memoryId: 'nobody' });
      await paths.claim(digest('nor this')).set({ memoryId: 7 });
    },
  },
  {
    title: 'counters that count too much and too little',
    expected: { 'wrong-counters': 1 },
    inflict: (paths) =>
      shardOf(paths, 'fact-1').set(
        { count: FieldValue.increment(3), byTag: { '#none': 4 } },
        { merge: true },
      ),
  },
  {
    title: 'counters that are missing',
    expected: { 'wrong-counters': 1 },
    inflict: (paths) => shardOf(paths, 'fact-1').delete(),
  },
  {
    title: 'counters that cannot be read',
    expected: { 'wrong-counters': 1 },
    inflict: (paths) => shardOf(paths, 'fact-1').set({ count: 'many', bytes: Number.NaN, byKind: [1] }),
  },
  {
    title: 'counters of no shard',
    expected: { 'wrong-counters': 1 },
    inflict: (paths) => paths.stats.doc('16').set({ count: 1, bytes: 1 }),
  },
];

describe('the verification of a space', () => {
  for (const { title, expected, inflict, mended, left = [] } of DAMAGES) {
    it(`finds, and mends without touching anything else: ${title}`, async () => {
      const { paths, other } = await openSpace();
      const [sound, beside] = [await dumpOf(paths), await dumpOf(other)];
      await inflict(paths);
      const harmed = await dumpOf(paths);
      const found = await walk(paths, false);
      assert.deepEqual(found.differences, expected);
      assert.equal(found.mended, 0);
      assert.deepEqual(changed(harmed, await dumpOf(paths)), [], 'a verification writes nothing');
      const { differences, mended: done } = await walk(paths, true);
      assert.deepEqual(differences, expected);
      const all = Object.values(expected).reduce((sum, n) => sum + n, 0);
      assert.equal(done, mended ?? all);
      const strange = changed(sound, await dumpOf(paths)).filter((path) => {
        const isCounted = path.startsWith('stats/');
        return !isCounted && !left.some((name) => path === name || path.startsWith(`${name}/`));
      });
      assert.deepEqual(strange, []);
      assert.deepEqual(changed(beside, await dumpOf(other)), []);
      const again = await walk(paths, false);
      assert.deepEqual(again.differences, all === done ? {} : { 'damaged-memory': 1 });
      if (all === done) assert.deepEqual(await recomputed(paths), []);
    });
  }

  it('removes what a deletion by hand has left, of which the event was lost', async () => {
    const { paths } = await openSpace();
    const turns = (session: string) => paths.memories.where('sessionId', '==', session).get();
    const gone = [...(await turns('other')).docs, ...(await turns('chat')).docs];
    const hashes = await Promise.all(
      gone.map(async ({ id }) => String((await paths.entry(id).get()).get('contentHash'))),
    );
    for (const { ref } of gone) await ref.delete();
    const { differences: found } = await walk(paths, false);
    assert.deepEqual(found, { 'orphan-entry': 4, 'leftover-marker': 2 });
    await walk(paths, true);
    for (const session of ['other', 'chat'])
      assert.equal((await paths.session(session).get()).exists, false, session);
    for (const hash of hashes) assert.equal((await paths.claim(hash).get()).exists, false);
    assert.deepEqual((await walk(paths, false)).differences, {});
  });

  it('removes the claim to a content that was changed by hand, and gives it to another that has it', async () => {
    const { manager, paths } = await openSpace();
    const twins = ['twin-1', 'twin-2'].map((id) => ({ id, text: 'we are twins' }));
    await manager.add('s', { memories: twins, dedupe: 'off' }, ann());
    const hash = async (id: string) => String((await paths.entry(id).get()).get('contentHash'));
    const [single, shared] = [await hash('fact-1'), await hash('twin-1')];
    const holder = String((await paths.claim(shared).get()).get('memoryId'));
    const heir = holder === 'twin-1' ? 'twin-2' : 'twin-1';
    for (const id of ['fact-1', holder]) await paths.memory(id).update({ text: `changed by hand: ${id}` });
    assert.deepEqual((await walk(paths, true)).differences, { 'stale-entry': 2, 'missing-claim': 2 });
    assert.equal((await paths.claim(single).get()).exists, false);
    assert.equal((await paths.claim(shared).get()).get('memoryId'), heir);
    assert.deepEqual((await walk(paths, false)).differences, {});
  });

  it('removes the markers of sessions whose turns were deleted one by one, and keeps all others', async () => {
    const { manager, paths } = await openSpace();
    const [turn] = (await paths.memories.where('sessionId', '==', 'other').get()).docs;
    await manager.delete('s', { id: turn!.id }, ann());
    assert.deepEqual((await walk(paths, true)).differences, { 'leftover-marker': 1 });
    const listed = async () => (await manager.sessions('s', {}, ann())).sessions.map(({ id }) => id);
    assert.deepEqual(await listed(), ['chat']);
    await manager.restore('s', { id: turn!.id, version: 1 }, ann());
    assert.deepEqual((await listed()).sort(), ['chat', 'other']);
  });

  it('counts what it looked at, and finds nothing in a sound space', async () => {
    const { paths } = await openSpace();
    const memories = (await paths.memories.get()).size;
    assert.deepEqual(await walk(paths, false), { memories, entries: memories, differences: {}, mended: 0 });
    const before = await dumpOf(paths);
    assert.deepEqual(await walk(paths, true), { memories, entries: memories, differences: {}, mended: 0 });
    assert.deepEqual(changed(before, await dumpOf(paths)), []);
  });

  it('finds nothing in a space that is empty, or is none', async () => {
    const { tenantId } = openManager();
    const none = { memories: 0, entries: 0, differences: {}, mended: 0 };
    assert.deepEqual(await walk(spaceOf(tenantId, 'none'), true), none);
  });

  it('leaves alone what is staged, and what the sweeper will remove', async () => {
    const { paths } = await openSpace();
    const at = Timestamp.now();
    const expiresAt = Timestamp.fromMillis(Date.now() + 3_600_000);
    const staged = { staged: { by: 'x', at }, expiresAt };
    await paths.memory('staged').set({ text: 'staged', metadata: {}, ...staged });
    await paths.entry('staged').set({ terms: ['staged'], ...staged });
    await paths.memory('expiring').update({ expiresAt: Timestamp.fromMillis(1) });
    await walk(paths, true);
    await paths.memory('expiring').delete();
    const before = await dumpOf(paths);
    assert.deepEqual((await walk(paths, true)).differences, {});
    assert.deepEqual(changed(before, await dumpOf(paths)), []);
    // As a twin: the same without an expiry is left over.
    await paths.memory('fact-1').delete();
    assert.deepEqual((await walk(paths, false)).differences, { 'orphan-entry': 1 });
  });

  it('mends nothing in a space that is being deleted', async () => {
    const { paths } = await openSpace();
    await paths.entry('fact-1').delete();
    await paths.space.set({ kind: 'deleting', was: 'personal', jobId: 'j' });
    await assert.rejects(walk(paths, true), failsWith('permission-denied', 'permission-denied'));
    await paths.space.delete();
    assert.equal((await walk(paths, true)).mended, 2);
  });
});
