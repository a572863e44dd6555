import assert from 'node:assert/strict';
import type { MemoryInput } from '../../../functions/src/contract/types.ts';
import { failsWith } from '../fails-with.ts';
import { at, by, listAll, type MakeManager, newTenant } from './subject.ts';

/** `add`: what is stored, what is a duplicate, and what a key stands for. */
export function describeAdding(make: MakeManager): void {
  describe('add', () => {
    it('stores what was said, and fills in what was not', async () => {
      const tenant = newTenant();
      const manager = make(tenant);
      const { results, replayed } = await manager.add('s', { memories: [{ text: 'Rex' }] }, by('ann'));
      const { id } = results[0]!;
      assert.deepEqual([results, replayed], [[{ id, version: 1, outcome: 'created' }], false]);
      assert.deepEqual(await manager.get('s', id, by('ben')), {
        id,
        tenant,
        space: 's',
        kind: 'fact',
        text: 'Rex',
        tags: [],
        metadata: {},
        importance: 0.5,
        occurredAt: at(),
        createdAt: at(),
        updatedAt: at(),
        expiresAt: null,
        createdBy: 'ann',
        version: 1,
      });
    });

    it('loses nothing of what was said', async () => {
      const manager = make(newTenant());
      const input = {
        id: 'full',
        text: 'Grüße, 世界 👋\n\tsecond line',
        kind: 'note',
        role: 'tool',
        sessionId: 'chat',
        agentId: 'agent',
        persona: 'a careful one',
        source: 'import',
        tags: ['a', '#b', '__c__'],
        metadata: { deep: { list: [1, 'two', null, true] }, 'a key': '', n: 0.1 },
        importance: 0,
        occurredAt: '2001-02-03T04:05:06.007Z',
        expiresAt: at(60_000),
      } satisfies MemoryInput;
      await manager.add('s', { memories: [input] }, by('ann'));
      const memory = await manager.get('s', 'full', by('ann'));
      assert.deepEqual({ ...memory, ...input }, memory);
    });

    it('answers in the order of the request', async () => {
      const manager = make(newTenant());
      const memories = ['c', 'a', 'b'].map((id) => ({ id, text: `the text of ${id}` }));
      const { results } = await manager.add('s', { memories }, by('ann'));
      assert.deepEqual(
        results.map(({ id }) => id),
        ['c', 'a', 'b'],
      );
    });

    it('answers a memory that is there already, or comes twice, as a duplicate', async () => {
      const manager = make(newTenant());
      const first = await manager.add('s', { memories: [{ text: 'same' }, { text: ' same\n' }] }, by('ann'));
      const { id } = first.results[0]!;
      const duplicate = { id, version: 1, outcome: 'duplicate' };
      assert.deepEqual(first.results, [{ id, version: 1, outcome: 'created' }, duplicate]);
      const again = await manager.add('s', { memories: [{ id: 'mine', text: 'same' }] }, by('ben', 5));
      assert.deepEqual(again, { results: [duplicate], replayed: false });
      assert.equal((await listAll(manager, 's')).length, 1);
    });

    it('takes for different what differs in text, kind, role or session, or is not to be compared', async () => {
      const manager = make(newTenant());
      const memories: MemoryInput[] = [
        { text: 'same' },
        { text: 'Same' },
        { text: 'same', kind: 'note' },
        { text: 'same', role: 'user' },
        { text: 'same', sessionId: 'chat' },
      ];
      const request = { memories };
      const first = await manager.add('s', request, by('ann'));
      assert.deepEqual(
        first.results.map(({ outcome }) => outcome),
        memories.map(() => 'created'),
      );
      await manager.add('s', { ...request, dedupe: 'off' }, by('ann'));
      assert.equal((await listAll(manager, 's')).length, 2 * memories.length);
    });

    it('never overwrites: an id that is taken refuses the whole request', async () => {
      const manager = make(newTenant());
      await manager.add('s', { memories: [{ id: 'taken', text: 'first' }] }, by('ann'));
      for (const dedupe of ['exact', 'off'] as const) {
        const memories = [{ text: `other, ${dedupe}` }, { id: 'taken', text: 'second' }];
        await assert.rejects(
          manager.add('s', { memories, dedupe }, by('ben')),
          failsWith('already-exists', 'id-taken'),
        );
      }
      assert.deepEqual(
        (await listAll(manager, 's')).map(({ text }) => text),
        ['first'],
      );
    });

    it('refuses an id that is named twice', async () => {
      const manager = make(newTenant());
      const memories = ['one', 'two'].map((text) => ({ id: 'twice', text }));
      await assert.rejects(
        manager.add('s', { memories }, by('ann')),
        failsWith('invalid-argument', 'invalid-request'),
      );
      assert.deepEqual(await listAll(manager, 's'), []);
    });

    it('answers a repeated key as before, whatever happened since', async () => {
      const manager = make(newTenant());
      const request = { memories: [{ id: 'm', text: 'once' }], key: 'a key / with “any” characters' };
      const once = await manager.add('s', request, by('ann'));
      await manager.update('s', { id: 'm', changes: { text: 'changed' } }, by('ann', 1));
      assert.deepEqual(await manager.add('s', request, by('ann', 2)), { ...once, replayed: true });
      await manager.delete('s', { id: 'm' }, by('ann', 3));
      assert.deepEqual(await manager.add('s', request, by('ann', 4)), { ...once, replayed: true });
      assert.deepEqual(await listAll(manager, 's'), []);
    });

    it('refuses a key that stood for another request, but not that of another member', async () => {
      const manager = make(newTenant());
      const request = { memories: [{ text: 'one' }], key: 'k' };
      await manager.add('s', request, by('ann'));
      const reused = failsWith('failed-precondition', 'key-reused');
      await assert.rejects(manager.add('s', { ...request, memories: [{ text: '2' }] }, by('ann')), reused);
      await assert.rejects(manager.add('s', { ...request, dedupe: 'off' }, by('ann')), reused);
      await assert.rejects(manager.delete('s', { id: 'm', key: 'k' }, by('ann')), reused);
      const { replayed } = await manager.add('s', { ...request, memories: [{ text: '2' }] }, by('ben'));
      assert.equal(replayed, false);
      assert.equal((await listAll(manager, 's')).length, 2);
    });

    it('gives equal answers to equal requests with one key that come at once', async () => {
      const manager = make(newTenant());
      const request = { memories: [{ text: 'at once' }], key: 'k', dedupe: 'off' as const };
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => manager.add('s', request, by('ann'))));
      assert.equal(new Set(answers.map(({ results }) => JSON.stringify(results))).size, 1);
      assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
      assert.equal((await listAll(manager, 's')).length, 1);
    });

    it('makes one memory of equal ones that come at once without a key', async () => {
      const manager = make(newTenant());
      const request = { memories: [{ text: 'at once' }] };
      const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => manager.add('s', request, by(`u${n}`))));
      const results = answers.map((answer) => answer.results[0]!);
      assert.equal(new Set(results.map(({ id }) => id)).size, 1);
      assert.equal(results.filter(({ outcome }) => outcome === 'created').length, 1);
      assert.equal((await listAll(manager, 's')).length, 1);
    });
  });
}
