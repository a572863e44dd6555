import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { StorageError } from '../../../functions/src/errors.ts';
import { differences } from '../../support/differences.ts';
import { failsWith } from '../../support/fails-with.ts';
import { callBy, openManager, spaceOf } from '../../support/storage.ts';

/** A memory that was created by Ann, changed twice by Ben, and deleted by Cid if `deleted`. */
async function withPast(deleted: boolean) {
  const { manager, tenantId } = openManager();
  await manager.add('space', { memories: [{ id: 'm', text: 'the first text', tags: ['a'] }] }, callBy('ann'));
  await manager.update(
    'space',
    { id: 'm', changes: { text: 'the second text', tags: ['b'] } },
    callBy('ben'),
  );
  await manager.update('space', { id: 'm', changes: { text: 'the third text' } }, callBy('ben'));
  if (deleted) await manager.delete('space', { id: 'm' }, callBy('cid'));
  return { manager, paths: spaceOf(tenantId, 'space') };
}

describe('the history of a memory', () => {
  it('tells every change, newest first, with who made it and what the memory was then', async () => {
    const { manager } = await withPast(true);
    const { revisions, nextCursor } = await manager.history('space', { id: 'm' }, callBy('ann'));
    assert.deepEqual(
      revisions.map(({ version, change, by, memory }) => [version, change, by, memory?.text ?? null]),
      [
        [4, 'delete', 'cid', null],
        [3, 'update', 'ben', 'the third text'],
        [2, 'update', 'ben', 'the second text'],
        [1, 'create', 'ann', 'the first text'],
      ],
    );
    assert.equal(nextCursor, null);
  });

  it('comes in pages that neither lose nor repeat a version, of a living memory and of a deleted one', async () => {
    for (const deleted of [false, true]) {
      const { manager } = await withPast(deleted);
      const versions: number[] = [];
      let cursor: string | undefined;
      do {
        const request = { id: 'm', limit: 1, ...(cursor !== undefined && { cursor }) };
        const page = await manager.history('space', request, callBy('ann'));
        versions.push(...page.revisions.map(({ version }) => version));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(versions, deleted ? [4, 3, 2, 1] : [3, 2, 1]);
    }
  });

  it('is not found for a memory that never was, or whose time is over', async () => {
    const { manager } = await withPast(false);
    await manager.update('space', { id: 'm', changes: { ttlSeconds: 60 } }, callBy('ben'));
    const later = callBy('ann', { now: Date.now() + 61_000 });
    const missing = failsWith('not-found', 'memory-not-found');
    await assert.rejects(manager.history('space', { id: 'm' }, later), missing);
    await assert.rejects(manager.history('space', { id: 'never' }, callBy('ann')), missing);
    assert.equal((await manager.history('space', { id: 'm' }, callBy('ann'))).revisions.length, 4);
  });
});

describe('restoring a memory', () => {
  it('brings a version back as a new one, found and counted again', async () => {
    for (const deleted of [false, true]) {
      const { manager, paths } = await withPast(deleted);
      const { memory } = await manager.restore('space', { id: 'm', version: 1 }, callBy('dan'));
      assert.deepEqual([memory.text, memory.tags, memory.createdBy], ['the first text', ['a'], 'ann']);
      assert.equal(memory.version, deleted ? 5 : 4);
      const found = await manager.search(['space'], { query: 'first', mode: 'keyword' }, callBy('ann'));
      assert.deepEqual(
        found.results.map((result) => result.memory),
        [memory],
      );
      const { revisions } = await manager.history('space', { id: 'm', limit: 1 }, callBy('ann'));
      assert.deepEqual([revisions[0]?.change, revisions[0]?.by], ['restore', 'dan']);
      assert.deepEqual(await differences(paths), []);
    }
  });

  it('honours ifVersion and key, also of a deleted memory', async () => {
    const { manager } = await withPast(true);
    const restore = (ifVersion: number) =>
      manager.restore('space', { id: 'm', version: 2, ifVersion, key: `at ${ifVersion}` }, callBy('ann'));
    await assert.rejects(restore(3), failsWith('aborted', 'version-mismatch'));
    const once = await restore(4);
    assert.deepEqual(await restore(4), { ...once, replayed: true });
    assert.equal((await manager.get('space', 'm', callBy('ann'))).version, 5);
  });

  it('refuses a version that is not there, is a deletion, or had expired', async () => {
    const { manager } = await withPast(true);
    const gone = failsWith('not-found', 'revision-not-found');
    await assert.rejects(manager.restore('space', { id: 'm', version: 9 }, callBy('ann')), gone);
    await assert.rejects(manager.restore('space', { id: 'm', version: 4 }, callBy('ann')), gone);
    await assert.rejects(
      manager.restore('space', { id: 'never', version: 1 }, callBy('ann')),
      failsWith('not-found', 'memory-not-found'),
    );
    await manager.add('space', { memories: [{ id: 'brief', text: 'brief', ttlSeconds: 60 }] }, callBy('ann'));
    await manager.delete('space', { id: 'brief' }, callBy('ann'));
    const later = callBy('ann', { now: Date.now() + 61_000 });
    // To delete it did not keep it longer than it was to live.
    await assert.rejects(
      manager.restore('space', { id: 'brief', version: 1 }, later),
      failsWith('not-found', 'memory-not-found'),
    );
    await manager.add('space', { memories: [{ id: 'longer', text: 'x', ttlSeconds: 60 }] }, callBy('ann'));
    await manager.update('space', { id: 'longer', changes: { expiresAt: null } }, callBy('ann'));
    await assert.rejects(manager.restore('space', { id: 'longer', version: 1 }, later), gone);
  });

  it('keeps the counters right while restores race deletions', async () => {
    const { manager, paths } = await withPast(false);
    const work = Array.from({ length: 10 }, (_, n) =>
      n % 2 === 0
        ? manager.restore('space', { id: 'm', version: 1 }, callBy('ann'))
        : manager.delete('space', { id: 'm' }, callBy('ben')),
    );
    for (const answer of await Promise.allSettled(work as Promise<unknown>[])) {
      if (answer.status === 'fulfilled') continue;
      const { reason } = answer;
      const code = reason instanceof StorageError ? reason.code : inspect(reason);
      assert.ok(code === 'not-found' || code === 'aborted', inspect(reason));
    }
    assert.deepEqual(await differences(paths), []);
  });
});

describe('an id that is used again', () => {
  const later = (minutes: number) => callBy('ann', { now: Date.now() + minutes * 60_000 });
  const expired = failsWith('not-found', 'revision-not-found');

  /** `m` had two versions and has expired; it was then added anew, and changed if `changed`. */
  async function reused(changed: boolean) {
    const { manager, tenantId } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'secret' }] }, callBy('ann'));
    await manager.update('space', { id: 'm', changes: { ttlSeconds: 60 } }, callBy('ann'));
    const { results } = await manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, later(2));
    assert.equal(results[0]?.version, 3);
    if (changed) await manager.update('space', { id: 'm', changes: { text: 'newer' } }, later(2));
    return { manager, paths: spaceOf(tenantId, 'space') };
  }

  it('after its memory expired has the history of the new memory alone, in pages too', async () => {
    for (const changed of [false, true]) {
      const { manager, paths } = await reused(changed);
      const versions = changed ? [4, 3] : [3];
      const { revisions } = await manager.history('space', { id: 'm' }, later(2));
      assert.deepEqual(
        revisions.map(({ version }) => version),
        versions,
      );
      const page = await manager.history('space', { id: 'm', limit: 1 }, later(2));
      assert.equal(page.nextCursor !== null, changed);
      assert.deepEqual(await differences(paths), []);
    }
  });

  it('after its memory expired restores nothing of it, living or deleted', async () => {
    const { manager } = await reused(true);
    for (const version of [1, 2]) {
      await assert.rejects(manager.restore('space', { id: 'm', version }, later(2)), expired);
    }
    await manager.delete('space', { id: 'm' }, later(3));
    for (const version of [1, 2]) {
      await assert.rejects(manager.restore('space', { id: 'm', version }, later(3)), expired);
    }
    const { revisions } = await manager.history('space', { id: 'm' }, later(3));
    assert.deepEqual(
      revisions.map(({ version, memory }) => [version, memory?.text ?? null]),
      [
        [5, null],
        [4, 'newer'],
        [3, 'new'],
      ],
    );
    const { memory } = await manager.restore('space', { id: 'm', version: 3 }, later(4));
    assert.deepEqual([memory.text, memory.version], ['new', 6]);
    await assert.rejects(manager.restore('space', { id: 'm', version: 1 }, later(4)), expired);
    const restored = await manager.history('space', { id: 'm' }, later(4));
    assert.deepEqual(
      restored.revisions.map(({ version }) => version),
      [6, 5, 4, 3],
    );
  });

  it('after the retention of its deletion begins a history of its own at once', async () => {
    const { manager } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'secret', ttlSeconds: 60 }] }, callBy('ann'));
    await manager.delete('space', { id: 'm' }, callBy('ann'));
    await manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, later(2));
    const { revisions } = await manager.history('space', { id: 'm' }, later(2));
    assert.deepEqual(
      revisions.map(({ version }) => version),
      [3],
    );
    await assert.rejects(manager.restore('space', { id: 'm', version: 1 }, later(2)), expired);
  });

  it('within the retention goes on with the history of the deleted memory', async () => {
    const { manager } = openManager();
    await manager.add('space', { memories: [{ id: 'm', text: 'kept' }] }, callBy('ann'));
    await manager.delete('space', { id: 'm' }, callBy('ann'));
    await manager.add('space', { memories: [{ id: 'm', text: 'new' }] }, later(2));
    assert.equal((await manager.history('space', { id: 'm' }, later(2))).revisions.length, 3);
    assert.equal((await manager.restore('space', { id: 'm', version: 1 }, later(2))).memory.text, 'kept');
  });
});
