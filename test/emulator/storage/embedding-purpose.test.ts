import assert from 'node:assert/strict';
import type { Embedder } from '../../../functions/src/search/embedder.ts';
import { FirestoreMemoryManager } from '../../../functions/src/storage/firestore-memory-manager.ts';
import { callBy, freshId, SILENT, testDatabase } from '../../support/storage.ts';

describe('what a text is embedded for', () => {
  const asked: [purpose: string, text: string][] = [];
  const noting: Embedder = {
    id: 'noting',
    dimensions: 384,
    embed: async (texts, _signal, purpose = 'document') => {
      asked.push(...texts.map((text): [string, string] => [purpose, text]));
      return texts.map(() => new Array<number>(384).fill(0.05));
    },
  };
  const config = { database: testDatabase(), tenantId: freshId('tenant'), cursorSecret: 's'.repeat(43) };
  const manager = new FirestoreMemoryManager({ ...config, embedder: noting, log: SILENT });
  const ann = () => callBy('ann');

  it('is to be found, where it is stored, and to find, where it is a query', async () => {
    await manager.add('s', { memories: [{ text: 'The key is under the mat' }] }, ann());
    const { results } = await manager.search(['s'], { query: 'where is the key' }, ann());
    assert.equal(results.length, 1);
    const turn = { role: 'user', text: 'Do you know where it is?' } as const;
    await manager.append('s', { session: 'c', messages: [turn] }, ann());
    await manager.context('s', { session: 'c', query: 'the mat' }, ann());
    const of = (wanted: string) => asked.filter(([purpose]) => purpose === wanted).map(([, text]) => text);
    assert.deepEqual(of('query'), ['where is the key', 'the mat']);
    assert.equal(of('document').length, 2);
  });
});
