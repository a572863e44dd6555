import assert from 'node:assert/strict';
import { failsWith } from '../fails-with.ts';
import { at, by, type MakeManager, newTenant } from './subject.ts';

const isMissing = failsWith('not-found', 'record-not-found');

const plan = { agentId: 'planner', type: 'plan', content: { steps: ['one', ['two', null]] } };

/** `agentData`: raw records, kept as they are. */
export function describeAgentData(make: MakeManager): void {
  describe('agentData', () => {
    it('keeps a record as it was given, and shows it in its space alone', async () => {
      const tenant = newTenant();
      const { agentData } = make(tenant);
      const { id } = await agentData.add('s', { ...plan, metadata: { run: 7 } }, by('ann'));
      const expected = { id, tenant, space: 's', ...plan, metadata: { run: 7 } };
      const times = { createdAt: at(), expiresAt: null, createdBy: 'ann' };
      assert.deepEqual(await agentData.get('s', id, by('ben')), { ...expected, ...times });
      await assert.rejects(agentData.get('t', id, by('ann')), isMissing);
      await assert.rejects(make(newTenant()).agentData.get('s', id, by('ann')), isMissing);
    });

    it('lists the newest first, of an agent or of a type, page by page', async () => {
      const { agentData } = make(newTenant());
      const add = (agentId: string, type: string, after: number) =>
        agentData.add('s', { agentId, type, content: after }, by('ann', after));
      for (const [place, [agent, type]] of [
        ['a', 'x'],
        ['b', 'x'],
        ['a', 'y'],
        ['a', 'x'],
      ].entries()) {
        await add(agent ?? '', type ?? '', place);
      }
      const contents = async (query: {
        agentId?: string;
        type?: string;
        limit?: number;
        cursor?: string;
      }) => {
        const page = await agentData.list('s', query, by('ann', 10));
        return { contents: page.records.map(({ content }) => content), cursor: page.nextCursor };
      };
      assert.deepEqual((await contents({})).contents, [3, 2, 1, 0]);
      assert.deepEqual((await contents({ agentId: 'a' })).contents, [3, 2, 0]);
      assert.deepEqual((await contents({ agentId: 'a', type: 'x' })).contents, [3, 0]);
      const first = await contents({ type: 'x', limit: 2 });
      assert.deepEqual(first.contents, [3, 1]);
      const second = await contents({ type: 'x', limit: 2, cursor: first.cursor! });
      assert.deepEqual(second, { contents: [0], cursor: null });
    });

    it('lists each record that stays on one page, while others come and go between the pages', async () => {
      const { agentData } = make(newTenant());
      const add = (after: number) =>
        agentData.add('s', { agentId: 'a', type: 'x', content: after }, by('ann', after));
      const ids = new Map<number, string>();
      for (const after of [0, 10, 20, 30, 40]) ids.set(after, (await add(after)).id);
      const seen: unknown[] = [];
      const read = async (cursor?: string) => {
        const page = await agentData.list('s', { limit: 2, ...(cursor && { cursor }) }, by('ann', 100));
        seen.push(page.records.map(({ content }) => content));
        return page.nextCursor ?? undefined;
      };
      const first = await read();
      // The page ended at 30, which goes; one comes before it, and one behind it.
      await agentData.delete('s', { id: ids.get(30)! }, by('ben', 50));
      await add(50);
      await add(15);
      const second = await read(first);
      await add(60);
      await agentData.delete('s', { id: ids.get(20)! }, by('ben', 60));
      assert.equal(await read(second), undefined);
      assert.deepEqual(seen, [
        [40, 30],
        [20, 15],
        [10, 0],
      ]);
    });

    it('shows no record from its expiry on, and deletes none twice', async () => {
      const { agentData } = make(newTenant());
      const { id } = await agentData.add('s', { ...plan, ttlSeconds: 1 }, by('ann'));
      assert.equal((await agentData.get('s', id, by('ann', 999))).expiresAt, at(1_000));
      await assert.rejects(agentData.get('s', id, by('ann', 1_000)), isMissing);
      await assert.rejects(agentData.delete('s', { id }, by('ann', 1_000)), isMissing);
      assert.deepEqual((await agentData.list('s', {}, by('ann', 1_000))).records, []);
      const other = await agentData.add('s', plan, by('ann'));
      assert.deepEqual(await agentData.delete('s', { id: other.id }, by('ann')), { id: other.id });
      await assert.rejects(agentData.delete('s', { id: other.id }, by('ann')), isMissing);
    });

    it('adds and deletes once for a key, which stands for one request', async () => {
      const { agentData } = make(newTenant());
      const first = await agentData.add('s', { ...plan, key: 'k' }, by('ann'));
      assert.deepEqual(await agentData.add('s', { ...plan, key: 'k' }, by('ann', 1)), {
        ...first,
        replayed: true,
      });
      assert.equal((await agentData.list('s', {}, by('ann', 2))).records.length, 1);
      const another = agentData.add('s', { ...plan, content: 2, key: 'k' }, by('ann', 2));
      await assert.rejects(another, failsWith('failed-precondition', 'key-reused'));
      const gone = await agentData.delete('s', { id: first.id, key: 'd' }, by('ann', 3));
      assert.deepEqual(await agentData.delete('s', { id: first.id, key: 'd' }, by('ann', 4)), {
        ...gone,
        replayed: true,
      });
    });
  });
}
